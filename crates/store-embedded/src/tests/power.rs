use super::disk::Disk;
use gaggle_core::port::{Batch, ProjectQuery, Store, StoreError};
use gaggle_core::record::ProjectRecord;
use gaggle_shared::Seq;
use gaggle_testkit::store::sample::{batch, key, name, next, project, turn};

/// What was acknowledged, in the end: the generation of project 1, its last seq, and its turns.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Done {
    generation: u64,
    seq: Seq,
    turns: u32,
    forgotten: bool,
}

/// The same writes each time, until one fails. Returns what was acknowledged and what was asked for.
async fn work(store: &dyn Store) -> (Done, Done) {
    let (mut done, mut asked) = (Done::default(), Done::default());
    let mut record = ProjectRecord { creation_key: Some(key("k")), ..project(1) };
    let mut step = async |asked: &mut Done, change: &dyn Fn(&mut Done), answer: Result<(), StoreError>| {
        change(asked);
        if answer.is_ok() {
            change(&mut done);
        }
        answer.is_ok()
    };
    asked.generation = 1;
    if !step(&mut asked, &|d| d.generation = 1, store.create(&record).await).await {
        return (done, asked);
    }
    for n in 1..=4u32 {
        record = ProjectRecord { name: name(&format!("name {n}")), ..next(&record) };
        let generation = record.generation;
        let seq = Seq::from(n) * 10;
        let large = Batch::new(batch([seq - 5, seq]).entries, None);
        if !step(&mut asked, &|d| d.generation = generation, store.replace(&record).await).await
            || !step(&mut asked, &|d| d.seq = seq, store.append(&record.id, &large).await).await
            || !step(&mut asked, &|d| d.turns = n, store.put_turn(&turn(&record.id, n, 1)).await).await
            || !step(&mut asked, &|_| (), store.compact(&record.id, &batch([5, seq])).await).await
        {
            return (done, asked);
        }
    }
    let generation = record.generation;
    step(&mut asked, &|d| d.forgotten = true, store.forget(&record.id, generation).await).await;
    (done, asked)
}

/// What is there. Panics where it contradicts itself.
async fn look(store: &dyn Store) -> Done {
    let id = project(1).id;
    let record = store.load(&id).await.unwrap();
    let by_key = store.created_under(&project(1).user, "k").await.unwrap();
    assert_eq!(record, by_key);
    let all = ProjectQuery { user: project(1).user, name: None, phase: None, after: None, limit: 9 };
    let listed = store.list(&all).await.unwrap();
    assert_eq!(listed, Vec::from_iter(record.clone()));
    let by_name = ProjectQuery { name: record.as_ref().map(|r| r.name.as_str().to_owned()), ..all };
    assert_eq!(store.list(&by_name).await.unwrap(), listed);
    let seq = store.journal_end(&id).await.unwrap().0;
    let page = store.read(&id, 0, usize::MAX).await.unwrap();
    assert_eq!(page.batches.last().map_or(0, Batch::last), seq);
    let mut turns = 0;
    while store.turn(&id, &turn(&id, turns + 1, 1).turn.id).await.unwrap().is_some() {
        turns += 1;
    }
    let generation = record.as_ref().map_or(0, |r| r.generation);
    Done { generation, seq, turns, forgotten: record.is_none() && turns > 0 }
}

/// The power goes after every single change or sync of the disk, and of what was not synced any part is lost.
#[tokio::test]
async fn the_power_may_go_at_any_instant() {
    let mut instants = 0;
    for changes in 0.. {
        let disk = Disk::default();
        let store = disk.store();
        disk.power_for(changes);
        let (done, asked) = work(&store).await;
        let dark = disk.is_dark();
        let mut random = 0x9e37_79b9_7f4a_7c15_u64 ^ changes as u64;
        let mut coin = move || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random & 1 == 0
        };
        let worlds = [
            disk.after_power_loss(|| false),
            disk.after_power_loss(|| true),
            disk.after_power_loss(&mut coin),
            disk.after_power_loss(&mut coin),
        ];
        for world in worlds {
            let found = look(&world.store()).await;
            let kept = found.seq >= done.seq && found.turns >= done.turns;
            let record = found.forgotten || found.generation >= done.generation;
            assert!(
                kept && record && (found.forgotten || !done.forgotten),
                "{changes}: {done:?} but {found:?}"
            );
            assert!(
                found.seq <= asked.seq && found.turns <= asked.turns,
                "{changes}: {asked:?} but {found:?}"
            );
        }
        drop(store);
        instants = changes;
        if !dark {
            assert!(done.forgotten, "{done:?}");
            break;
        }
    }
    assert!(instants > 100, "only {instants} instants");
    println!("{instants} instants");
}
