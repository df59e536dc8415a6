use crate::world::{World, alice, call};
use gaggle_core::port::AgentUpdate;
use gaggle_shared::{Cost, EventBody, ProjectId, StopReason, Usage};
use gaggle_testkit::Act;

fn total(amount: f64) -> Act {
    let cost = Some(Cost { amount, currency: "USD".into() });
    Act::Update(AgentUpdate::Usage(Usage { context_used: 900, context_size: 1000, cost, ..Usage::default() }))
}

fn tokens(input: u64, output: u64) -> Act {
    let usage = Usage {
        input_tokens: input,
        output_tokens: output,
        total_tokens: input + output,
        ..Usage::default()
    };
    Act::End(StopReason::EndTurn, Some(usage))
}

/// Two turns that cost a quarter and half a dollar, in the agent's words: 0.25, then 0.75 in all.
async fn two_turns(world: &World) -> ProjectId {
    world.gateway.script(|prompt| match prompt {
        "first" => vec![Act::say("a"), total(0.125), total(0.25), tokens(100, 10)],
        _ => vec![Act::say("b"), total(0.75), tokens(200, 20)],
    });
    let project = world.create("one").await;
    for text in ["first", "second"] {
        world.send(&project.id, text).await.unwrap();
    }
    project.id
}

#[tokio::test]
async fn a_turn_has_its_share_of_what_the_session_cost() {
    let world = World::new().await;
    let id = two_turns(&world).await;
    let turns = world.gaggle.turns(&call(), &alice(), &id, None, None, 10).await.unwrap().items;
    let costs: Vec<_> =
        turns.iter().filter_map(|turn| turn.usage.as_ref()?.cost.as_ref()).map(|c| c.amount).collect();
    assert_eq!(costs, [0.5, 0.25], "newest first");
    let usage = turns[0].usage.as_ref().unwrap();
    assert_eq!((usage.total_tokens, usage.context_used, usage.context_size), (220, 900, 1000));
    let activity = world.project(&id).await.activity;
    assert_eq!((activity.tokens_today, activity.cost_today), (330, Some(0.75)));
    let mut events = world.events(&id, 0).await;
    events.until(|body| matches!(body, EventBody::Usage { usage, .. } if usage.cost.is_some())).await;
}

#[tokio::test]
async fn cost_survives_a_crash_in_the_middle_of_a_turn() {
    let mut world = World::new().await;
    world.gateway.script(|_| vec![Act::say("a"), total(0.25), Act::Hold, tokens(1, 1)]);
    let project = world.create("one").await;
    let mut events = world.events(&project.id, 0).await;
    let turn = world.queue(&project.id, "go").await;
    events.until(|body| matches!(body, EventBody::Usage { .. })).await;
    world.crash().await;
    world.gateway.resume(&project.id);
    let wait = gaggle_core::service::Wait::Done;
    let over = crate::world::within(world.gaggle.turn(&call(), &alice(), &project.id, &turn.id, wait)).await;
    let over = crate::world::done(over);
    assert_eq!(over.usage.and_then(|usage| usage.cost).map(|cost| cost.amount), Some(0.25));
}

#[tokio::test]
async fn usage_is_summed_by_day_project_and_model() {
    let world = World::with(|config| config.model = Some("gpt-4o".into())).await;
    let id = two_turns(&world).await;
    let report = world.gaggle.usage(&call(), &alice(), None, 30).await.unwrap();
    assert_eq!(report.rows.len(), 1, "{report:?}");
    let row = &report.rows[0];
    assert_eq!((&row.project_id, row.model.as_deref(), row.day == report.to), (&id, Some("gpt-4o"), true));
    assert_eq!((row.turns, row.input_tokens, row.output_tokens, row.total_tokens), (2, 300, 30, 330));
    assert_eq!(row.cost, Some(0.75));
    let other = world.create("another").await.id;
    let of = async |id| world.gaggle.usage(&call(), &alice(), Some(id), 30).await;
    assert_eq!((of(&id).await.unwrap().rows, of(&other).await.unwrap().rows), (report.rows, vec![]));
    let nobodys = gaggle_shared::ProjectId::parse("nobodys").unwrap();
    assert_eq!(of(&nobodys).await.unwrap_err().code, gaggle_shared::Code::ProjectNotFound);
    world.clock.advance(std::time::Duration::from_secs(40 * 24 * 3600));
    assert_eq!(world.gaggle.usage(&call(), &alice(), None, 30).await.unwrap().rows, []);
    assert_eq!(world.gaggle.usage(&call(), &alice(), None, 60).await.unwrap().rows.len(), 1);
}
