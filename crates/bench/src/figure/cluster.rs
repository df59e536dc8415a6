//! Agents as pods, through Gaggle and by `kubectl`.

pub(super) mod baseline;
mod foreign;
mod reached;

use crate::cluster::Cluster;
use crate::http::Http;
use crate::parts::{Coin, Parts};
use crate::result::Figure;
use crate::sse::Sse;
use crate::world::World;
use anyhow::{Context as _, Result};
use baseline::{Baseline, milliseconds};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// An agent that is put to sleep has long been awake: the kubelet takes two of its looks, a second apart, to take up what
/// is said of a pod that it has just started.
const RESTED: Duration = Duration::from_secs(3);

const HOW: &str = "*Ours*: the HTTP request until its 200, of a server outside the cluster with the rights of \
    `deploy/kubernetes`, its calls to the API server through a proxy that counts them; the Service is a ClusterIP \
    asleep and awake, so that it is not written (another type is one more write, made beside the others). *Baseline*, \
    in the same namespace: a Deployment of the same pod template with `goose serve --host 0.0.0.0 --port 3001` as its command (probe \
    period 1 s, image present), `kubectl scale`, `kubectl wait --for=condition=Available`, until ACP `initialize` is \
    answered at the pod's address. *Raw patch*: the same without `kubectl`, waiting for the pod's Ready with a watch. Down: \
    until no pod is there; both have run for 3 s, for the kubelet takes up what is said of a pod that just started only \
    after two of its looks. Deletes are of active ones, with Deployment, Service, Secret and volume. The order within a round \
    is left to chance. A wake is a message to a sleeping project until its first word is read, against an activation and a \
    message's first word after it, of the same round. An endpoint answers once a Service leads to it, which it does when the \
    kubelet, who looks once a second, has found the pod ready. In a foreign image an init container puts the relay in place. \
    The volumes are folders of the node: there is nothing to attach but the folder. Some starts, of whichever kind, take \
    1.5 s longer: the API server's node authorizer has not heard of the pod yet when the kubelet asks for its Secret, and \
    the kubelet tries again only then.";

/// Measures it.
pub(crate) async fn measure(parts: &Parts) -> Result<Figure> {
    let mut figure = Figure::new("cluster", "Agents on Kubernetes", HOW);
    let cluster = Cluster::new().await?;
    let measured = all(parts, &cluster, &mut figure).await;
    // What the run has put in goes, however it ended.
    let cleaned = cluster.clean().await;
    measured.and(cleaned)?;
    let cluster = Cluster::foreign().await?;
    let measured = foreign::measure(parts, &cluster, &mut figure).await;
    let cleaned = cluster.clean().await;
    measured.and(cleaned)?;
    Ok(figure)
}

async fn all(parts: &Parts, cluster: &Cluster, figure: &mut Figure) -> Result<()> {
    let world = cluster.world(parts).await?;
    activations(parts, cluster, &world, figure).await?;
    wakes(parts, &world, figure).await?;
    deletes(parts, cluster, &world, figure).await?;
    world.close().await
}

async fn activations(parts: &Parts, cluster: &Cluster, world: &World, figure: &mut Figure) -> Result<()> {
    let project = world.project("rounds").await?;
    post(world, &project, "activate").await?;
    let door = reached::door(cluster, world, &project).await?;
    post(world, &project, "deactivate").await?;
    let namespace = format!("{}alice", cluster.prefix);
    let bare = Baseline::new(cluster, &namespace, "baseline", id(&project)?).await?;
    // The volume is made at the first start.
    bare.up().await?;
    bare.down().await?;
    let (mut up, mut patched, mut down, mut writes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut reached = Vec::new();
    let mut coin = Coin::new();
    for _ in 0..parts.times(30, 6) {
        let first = coin.below(3);
        let (mut ours, mut theirs, mut raw) = ([0.0; 2], [0.0; 2], 0.0);
        for turn in 0..3 {
            match (first + turn) % 3 {
                0 => {
                    let before = cluster.writes();
                    let began = Instant::now();
                    let took = post(world, &project, "activate").await?;
                    writes.push((cluster.writes() - before) as f64);
                    reached::answers(door).await?;
                    reached.push(milliseconds(began));
                    sleep(RESTED).await;
                    ours = [took, post(world, &project, "deactivate").await?];
                }
                1 => {
                    let took = bare.up().await?;
                    sleep(RESTED).await;
                    theirs = [took, bare.down().await?];
                }
                _ => {
                    raw = bare.patched().await?;
                    bare.down().await?;
                }
            }
        }
        up.push([ours[0], theirs[0]]);
        patched.push([ours[0], raw]);
        down.push([ours[1], theirs[1]]);
    }
    let column = |pairs: &[[f64; 2]], at: usize| pairs.iter().map(|pair| pair[at]).collect::<Vec<_>>();
    figure.keep("activate, Gaggle", column(&up, 0));
    figure.keep("activate, kubectl", column(&up, 1));
    figure.keep("activate, raw patch", column(&patched, 1));
    figure.keep("deactivate, Gaggle", column(&down, 0));
    figure.keep("deactivate, kubectl", column(&down, 1));
    let ours = column(&up, 0);
    figure.ratio("activate against `kubectl scale` + `wait` + `initialize`", Some(0.40), "ms", up);
    figure.ratio("activate against a raw patch + Ready + `initialize`", None, "ms", patched);
    figure.plain("activate", None, "ms", ours);
    figure.plain("the same until its endpoint answers", None, "ms", reached);
    figure.ratio("deactivate against `kubectl scale` + `wait --for=delete`", Some(1.0), "ms", down);
    figure.plain("writes to the API server at an activation", Some(4.0), "writes", writes);
    Baseline::delete(bare).await?;
    gone(world, &project).await.map(drop)
}

async fn wakes(parts: &Parts, world: &World, figure: &mut Figure) -> Result<()> {
    let project = world.project("wakes").await?;
    post(world, &project, "activate").await?;
    let mut sse = Sse::open(world.address, &project, 0, false).await?;
    // The first turn makes the session.
    first_word(world, &project, &mut sse).await?;
    post(world, &project, "deactivate").await?;
    let (mut pairs, mut coin) = (Vec::new(), Coin::new());
    for _ in 0..parts.times(20, 5) {
        let mut pair = [0.0; 2];
        let first = coin.below(2);
        for turn in 0..2 {
            let wakes = (first + turn) % 2 == 0;
            let before = if wakes { 0.0 } else { post(world, &project, "activate").await? };
            let word = first_word(world, &project, &mut sse).await?;
            pair[usize::from(!wakes)] = before + word;
            post(world, &project, "deactivate").await?;
        }
        pairs.push(pair);
    }
    figure.ratio("a wake's first word against activate + a warm first word", Some(1.03), "ms", pairs);
    gone(world, &project).await.map(drop)
}

async fn deletes(parts: &Parts, cluster: &Cluster, world: &World, figure: &mut Figure) -> Result<()> {
    let namespace = format!("{}alice", cluster.prefix);
    let (mut pairs, mut coin, mut first) = (Vec::new(), Coin::new(), Vec::new());
    for round in 0..parts.times(10, 4) {
        let project = world.project(&format!("deleted {round}")).await?;
        first.push(post(world, &project, "activate").await?);
        let bare = Baseline::new(cluster, &namespace, &format!("deleted-{round}"), id(&project)?).await?;
        bare.up().await?;
        pairs.push(if coin.heads() {
            let ours = gone(world, &project).await?;
            [ours, bare.delete().await?]
        } else {
            let theirs = bare.delete().await?;
            [gone(world, &project).await?, theirs]
        });
    }
    figure.keep("delete, Gaggle", pairs.iter().map(|pair| pair[0]));
    figure.keep("delete, kubectl", pairs.iter().map(|pair| pair[1]));
    figure.ratio("delete against `kubectl delete --wait` of the same list", Some(0.5), "ms", pairs);
    figure.plain("activate for the first time: its volume is made and attached", None, "ms", first);
    Ok(())
}

/// Milliseconds of a wish.
pub(super) async fn post(world: &World, project: &str, wish: &str) -> Result<f64> {
    let mut http = world.http().await?;
    let began = Instant::now();
    http.post(&format!("{project}/{wish}"), "", &json!({})).await?.json(200)?;
    Ok(milliseconds(began))
}

/// Milliseconds of a delete.
pub(super) async fn gone(world: &World, project: &str) -> Result<f64> {
    let mut http: Http = world.http().await?;
    let began = Instant::now();
    http.delete(project).await?.json(200)?;
    Ok(milliseconds(began))
}

/// Milliseconds from a message to the first word of its answer; the turn has ended afterwards.
async fn first_word(world: &World, project: &str, sse: &mut Sse) -> Result<f64> {
    let began = Instant::now();
    let turn = world.say(project, "@say heron").await?;
    let mut first = None;
    loop {
        let frame = sse.next().await?;
        let event: Value = serde_json::from_str(&frame.data)?;
        match frame.kind.as_str() {
            "message.delta" if event["role"] == "assistant" => {
                first.get_or_insert(frame.at.duration_since(began));
            }
            "turn.ended" if event["turn"]["id"] == turn.as_str() => break,
            _ => {}
        }
    }
    Ok(first.context("a turn without a word")?.as_secs_f64() * 1000.0)
}

fn id(project: &str) -> Result<&str> {
    project.rsplit('/').next().context("no id")
}
