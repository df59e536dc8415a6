//! Records: creating, replacing, names, creation keys, forgetting.

use super::Subject;
use crate::store::sample::{key, name, next, project, project_id, session_id, time, tombstone, turn, user};
use gaggle_core::port::StoreError;
use gaggle_core::record::ProjectRecord;
use gaggle_shared::{DesiredState, InstanceId};

fn keyed(n: u32, text: &str) -> ProjectRecord {
    ProjectRecord { creation_key: Some(key(text)), ..project(n) }
}

/// The first proposal stays, whatever is proposed later.
pub async fn instance_is_kept(subject: &mut dyn Subject) {
    let (first, second) = (InstanceId::new(time(1), [1; 10]), InstanceId::new(time(2), [2; 10]));
    assert_eq!(subject.store().instance(first.clone()).await, Ok(first.clone()));
    assert_eq!(subject.store().instance(second.clone()).await, Ok(first.clone()));
    subject.reopen().await;
    assert_eq!(subject.store().instance(second).await, Ok(first));
}

/// What was kept first under a name stays, byte for byte, whatever is proposed later; names are apart.
pub async fn kept_bytes_stay(subject: &mut dyn Subject) {
    let store = subject.store();
    let bytes: Vec<u8> = (0..=255).cycle().take(5000).collect();
    assert_eq!(store.kept().await, Ok(Vec::new()));
    assert_eq!(store.keep("agent.tls", &bytes).await, Ok(bytes.clone()));
    assert_eq!(store.keep("agent.tls", b"later").await, Ok(bytes.clone()));
    assert_eq!(store.keep("agent", b"").await, Ok(Vec::new()));
    drop(store);
    subject.reopen().await;
    let store = subject.store();
    assert_eq!(store.keep("agent.tls", b"later still").await, Ok(bytes.clone()));
    assert_eq!(store.kept().await, Ok(vec![("agent".into(), Vec::new()), ("agent.tls".into(), bytes)]));
}

/// Of many that want to keep something under one name, all get the same.
pub async fn kept_once_in_a_race(subject: &mut dyn Subject) {
    let tasks: Vec<_> = (0..10u8)
        .map(|n| {
            let store = subject.store();
            tokio::spawn(async move { store.keep("wanted", &[n]).await })
        })
        .collect();
    let mut got = Vec::new();
    for task in tasks {
        got.push(task.await.ok());
    }
    assert!(matches!(&got[0], Some(Ok(bytes)) if bytes.len() == 1), "{got:?}");
    assert!(got.iter().all(|other| other == &got[0]), "{got:?}");
}

/// What was created is read as it was written.
pub async fn created_is_loaded(subject: &mut dyn Subject) {
    let store = subject.store();
    let record = keyed(1, "k");
    assert_eq!(store.load(&record.id).await, Ok(None));
    assert_eq!(store.create(&record).await, Ok(()));
    assert_eq!(store.load(&record.id).await, Ok(Some(record)));
}

/// An id that is there is a conflict, and what is there stays.
pub async fn an_id_is_created_once(subject: &mut dyn Subject) {
    let store = subject.store();
    let record = project(1);
    assert_eq!(store.create(&record).await, Ok(()));
    let again = ProjectRecord { name: name("another"), user: user("bob"), ..record.clone() };
    assert_eq!(store.create(&again).await, Err(StoreError::Conflict));
    assert_eq!(store.create(&record).await, Err(StoreError::Conflict), "also where the name is the same");
    assert_eq!(store.load(&record.id).await, Ok(Some(record)));
}

/// A name is taken for its user only, exactly as it is written.
pub async fn names_are_unique_per_user(subject: &mut dyn Subject) {
    let store = subject.store();
    let named = |n, text: &str| ProjectRecord { name: name(text), ..project(n) };
    assert_eq!(store.create(&named(1, "billing 🦆")).await, Ok(()));
    assert_eq!(store.create(&named(2, "billing 🦆")).await, Err(StoreError::NameTaken));
    assert_eq!(store.load(&project_id(2)).await, Ok(None), "nothing was changed");
    assert_eq!(store.create(&named(3, "Billing 🦆")).await, Ok(()));
    let bobs = ProjectRecord { user: user("bob"), ..named(4, "billing 🦆") };
    assert_eq!(store.create(&bobs).await, Ok(()));
    let odd = ["../x", "a/b", "$where", "a.b", "'; --", &"ä".repeat(100)];
    for (n, text) in (10..).zip(odd) {
        assert_eq!(store.create(&named(n, text)).await, Ok(()), "{text}");
        assert_eq!(store.create(&named(n + 100, text)).await, Err(StoreError::NameTaken), "{text}");
    }
}

/// A creation key is used once per user; it is told before the name, since a repeated call has both.
pub async fn a_creation_key_is_used_once(subject: &mut dyn Subject) {
    let store = subject.store();
    assert_eq!(store.create(&keyed(1, "k")).await, Ok(()));
    assert_eq!(store.create(&keyed(2, "k")).await, Err(StoreError::Conflict));
    let repeated = ProjectRecord { name: project(1).name, ..keyed(3, "k") };
    assert_eq!(store.create(&repeated).await, Err(StoreError::Conflict));
    assert_eq!(store.create(&ProjectRecord { user: user("bob"), ..keyed(4, "k") }).await, Ok(()));
    assert_eq!(store.create(&keyed(5, "l")).await, Ok(()));
    let racing: Vec<_> = (10..20).map(|n| keyed(n, "race")).collect();
    let tasks = racing.into_iter().map(|record| {
        let store = subject.store();
        tokio::spawn(async move { store.create(&record).await })
    });
    let mut won = 0;
    for task in tasks.collect::<Vec<_>>() {
        match task.await {
            Ok(Ok(())) => won += 1,
            other => assert_eq!(other.ok(), Some(Err(StoreError::Conflict))),
        }
    }
    assert_eq!(won, 1);
}

/// A creation key leads to its record as it is now, as a tombstone too.
pub async fn creation_keys_are_found(subject: &mut dyn Subject) {
    let store = subject.store();
    let (alice, bob) = (user("alice"), user("bob"));
    let record = keyed(1, "a key/with ü");
    assert_eq!(store.create(&record).await, Ok(()));
    assert_eq!(store.created_under(&alice, "a key/with ü").await, Ok(Some(record.clone())));
    assert_eq!(store.created_under(&bob, "a key/with ü").await, Ok(None));
    assert_eq!(store.created_under(&alice, "a key").await, Ok(None));
    let gone = tombstone(&record);
    assert_eq!(store.replace(&gone).await, Ok(()));
    assert_eq!(store.created_under(&alice, "a key/with ü").await, Ok(Some(gone)));
}

/// A write is conditional on the generation being one less.
pub async fn replace_needs_the_generation(subject: &mut dyn Subject) {
    let store = subject.store();
    let first = project(1);
    assert_eq!(store.replace(&next(&first)).await, Err(StoreError::Conflict), "there is nothing to replace");
    assert_eq!(store.create(&first).await, Ok(()));
    assert_eq!(store.replace(&first).await, Err(StoreError::Conflict));
    assert_eq!(store.replace(&next(&next(&first))).await, Err(StoreError::Conflict));
    assert_eq!(store.load(&first.id).await, Ok(Some(first.clone())));
    let second = ProjectRecord { summary: "second".into(), ..next(&first) };
    assert_eq!(store.replace(&second).await, Ok(()));
    assert_eq!(store.replace(&second).await, Err(StoreError::Conflict), "a second time");
    assert_eq!(store.load(&first.id).await, Ok(Some(second)));
}

/// All that a record holds comes back.
pub async fn replace_keeps_all_of_it(subject: &mut dyn Subject) {
    let store = subject.store();
    let first = project(1);
    assert_eq!(store.create(&first).await, Ok(()));
    let full = ProjectRecord {
        desired: DesiredState::Active,
        phase: gaggle_core::record::PhaseState::Activating {
            since: time(3),
            attempt: 2,
            retry_at: Some(time(4)),
            deadline: time(5),
            extended: 3,
            queued: true,
        },
        outbox: vec![crate::store::sample::entry(u64::from(u32::MAX) + 7, "ä\u{0}\n\"")],
        keys: vec![key("one"), key("two")],
        unplaced: None,
        doomed: vec![gaggle_core::record::Doomed {
            session: Some(crate::store::sample::session_id(9)),
            agent_session: Some("20261123_1".into()),
        }],
        abandoned: vec![gaggle_core::record::Abandoned {
            turn: crate::store::sample::turn_id(9),
            agent_session: "20261123_2".into(),
            incarnation: 3,
            start: 1,
            questions: Vec::new(),
        }],
        today: gaggle_core::record::DayUsage { day: "2026-11-23".into(), tokens: u64::MAX, cost: Some(0.1) },
        reserved: u64::MAX - 1,
        summary: "said \u{1f986}".into(),
        ..next(&first)
    };
    assert_eq!(store.replace(&full).await, Ok(()));
    assert_eq!(store.load(&first.id).await, Ok(Some(full)));
}

/// Of writers that read the same record, one gets through.
pub async fn one_of_two_racing_writers_wins(subject: &mut dyn Subject) {
    let mut record = project(1);
    assert_eq!(subject.store().create(&record).await, Ok(()));
    for round in 0..20 {
        let rivals = [0, 1, 2].map(|n| ProjectRecord { summary: format!("{round} {n}"), ..next(&record) });
        let tasks = rivals.clone().map(|rival| {
            let store = subject.store();
            tokio::spawn(async move { store.replace(&rival).await })
        });
        let mut winner = None;
        for (task, rival) in tasks.into_iter().zip(rivals) {
            match task.await {
                Ok(Ok(())) => assert!(winner.replace(rival).is_none(), "two won"),
                other => assert_eq!(other.ok(), Some(Err(StoreError::Conflict))),
            }
        }
        let stored = subject.store().load(&record.id).await;
        assert!(winner.is_some());
        assert_eq!(stored, Ok(winner.clone()));
        record = winner.unwrap_or(record);
    }
}

/// After a rename the new name is taken and the old one free.
pub async fn a_rename_moves_the_name(subject: &mut dyn Subject) {
    let store = subject.store();
    let (one, two) = (project(1), project(2));
    assert_eq!(store.create(&one).await, Ok(()));
    assert_eq!(store.create(&two).await, Ok(()));
    let taken = ProjectRecord { name: two.name.clone(), ..next(&one) };
    assert_eq!(store.replace(&taken).await, Err(StoreError::NameTaken));
    assert_eq!(store.load(&one.id).await, Ok(Some(one.clone())));
    let renamed = ProjectRecord { name: name("fresh"), ..next(&one) };
    assert_eq!(store.replace(&renamed).await, Ok(()));
    let wants = |n, text: &str| ProjectRecord { name: name(text), ..project(n) };
    assert_eq!(store.create(&wants(3, "fresh")).await, Err(StoreError::NameTaken));
    assert_eq!(store.create(&wants(4, "project 1")).await, Ok(()));
    assert_eq!(store.replace(&wants_back(&renamed)).await, Err(StoreError::NameTaken));
}

fn wants_back(renamed: &ProjectRecord) -> ProjectRecord {
    ProjectRecord { name: name("project 1"), ..next(renamed) }
}

/// Of many that want one name at once, one gets it.
pub async fn a_name_is_taken_once_in_a_race(subject: &mut dyn Subject) {
    let rivals = (0..10).map(|n| ProjectRecord { name: name("wanted"), ..project(n) });
    let tasks: Vec<_> = rivals
        .map(|rival| {
            let store = subject.store();
            tokio::spawn(async move { store.create(&rival).await })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        match task.await {
            Ok(Ok(())) => won += 1,
            other => assert_eq!(other.ok(), Some(Err(StoreError::NameTaken))),
        }
    }
    assert_eq!(won, 1);
}

/// A tombstone is read, is no longer in the way of its name, and does not come back with it.
pub async fn a_tombstone_frees_its_name(subject: &mut dyn Subject) {
    let store = subject.store();
    let one = project(1);
    assert_eq!(store.create(&one).await, Ok(()));
    let gone = tombstone(&one);
    assert_eq!(store.replace(&gone).await, Ok(()));
    assert_eq!(store.load(&one.id).await, Ok(Some(gone.clone())));
    let heir = ProjectRecord { name: one.name.clone(), ..project(2) };
    assert_eq!(store.create(&heir).await, Ok(()));
    assert_eq!(store.replace(&next(&gone)).await, Ok(()), "a tombstone may change beside its heir");
    assert_eq!(store.forget(&one.id, gone.generation + 1).await, Ok(()));
    let late = ProjectRecord { name: one.name.clone(), ..project(3) };
    assert_eq!(
        store.create(&late).await,
        Err(StoreError::NameTaken),
        "forgetting must not free the heir's name"
    );
}

/// A creation key that a record no longer has leads nowhere and may be used again.
pub async fn a_creation_key_may_go(subject: &mut dyn Subject) {
    let store = subject.store();
    let one = keyed(1, "k");
    assert_eq!(store.create(&one).await, Ok(()));
    let without = ProjectRecord { creation_key: None, ..next(&one) };
    assert_eq!(store.replace(&without).await, Ok(()));
    assert_eq!(store.created_under(&one.user, "k").await, Ok(None));
    let two = keyed(2, "k");
    assert_eq!(store.create(&two).await, Ok(()));
    assert_eq!(store.created_under(&one.user, "k").await, Ok(Some(two)));
}

/// Only the generation that was seen is forgotten; what is not there is forgotten already.
pub async fn forget_needs_the_generation(subject: &mut dyn Subject) {
    let store = subject.store();
    let one = project(1);
    assert_eq!(store.create(&one).await, Ok(()));
    assert_eq!(store.forget(&one.id, 2).await, Err(StoreError::Conflict));
    assert_eq!(store.load(&one.id).await, Ok(Some(one.clone())));
    assert_eq!(store.forget(&one.id, 1).await, Ok(()));
    assert_eq!(store.forget(&one.id, 1).await, Ok(()));
    assert_eq!(store.load(&one.id).await, Ok(None));
}

/// Id, name and creation key of a forgotten project are free, and no list shows it.
pub async fn forget_frees_everything(subject: &mut dyn Subject) {
    let store = subject.store();
    let one = ProjectRecord { desired: DesiredState::Active, ..keyed(1, "k") };
    assert_eq!(store.create(&one).await, Ok(()));
    assert_eq!(store.forget(&one.id, 1).await, Ok(()));
    assert_eq!(store.created_under(&one.user, "k").await, Ok(None));
    assert_eq!(store.unsettled(None, 10).await, Ok(Vec::new()));
    assert_eq!(store.create(&one).await, Ok(()));
    assert_eq!(store.load(&one.id).await, Ok(Some(one)));
}

/// Eight MiB in one record.
pub async fn large_records(subject: &mut dyn Subject) {
    let one = project(1);
    assert_eq!(subject.store().create(&one).await, Ok(()));
    let large = ProjectRecord { summary: "ä7\"\n".repeat(8 * 1024 * 1024 / 5), ..next(&one) };
    assert_eq!(subject.store().replace(&large).await, Ok(()));
    subject.reopen().await;
    assert!(subject.store().load(&one.id).await == Ok(Some(large.clone())));
    let small = ProjectRecord { summary: String::new(), ..next(&large) };
    assert_eq!(subject.store().replace(&small).await, Ok(()));
    assert_eq!(subject.store().load(&one.id).await, Ok(Some(small)));
}

/// A store that works says so.
pub async fn check_is_good(subject: &mut dyn Subject) {
    assert_eq!(subject.store().check().await, Ok(()));
    subject.reopen().await;
    assert_eq!(subject.store().check().await, Ok(()));
}

/// A write whose caller has gone away happens all the same, once it has begun.
pub async fn dropped_writes_go_on(subject: &mut dyn Subject) {
    let store = subject.store();
    let one = project(1);
    let mut write = store.create(&one);
    let polled = std::future::poll_fn(|cx| std::task::Poll::Ready(write.as_mut().poll(cx))).await;
    drop(write);
    let arrived = async {
        while store.load(&one.id).await != Ok(Some(one.clone())) {
            tokio::task::yield_now().await;
        }
    };
    let arrived = tokio::time::timeout(std::time::Duration::from_secs(5), arrived).await;
    assert!(arrived.is_ok(), "the write was dropped with its caller ({polled:?})");
}

/// All kinds of things are there after a reopen.
pub async fn everything_survives_a_reopen(subject: &mut dyn Subject) {
    let one = ProjectRecord { desired: DesiredState::Active, ..keyed(1, "k") };
    let batch = crate::store::sample::up_to(crate::store::sample::batch(1..=3), 1, 9);
    let ended = turn(&one.id, 1, 1);
    {
        let store = subject.store();
        assert_eq!(store.create(&one).await, Ok(()));
        assert_eq!(store.append(&one.id, &batch).await, Ok(()));
        assert_eq!(store.put_turn(&ended).await, Ok(()));
    }
    subject.reopen().await;
    let store = subject.store();
    assert_eq!(store.load(&one.id).await, Ok(Some(one.clone())));
    assert_eq!(store.created_under(&one.user, "k").await, Ok(Some(one.clone())));
    assert_eq!(store.unsettled(None, 9).await, Ok(vec![one.id.clone()]));
    assert_eq!(
        store.create(&ProjectRecord { name: one.name.clone(), ..project(2) }).await,
        Err(StoreError::NameTaken)
    );
    assert_eq!(store.read(&one.id, 0, 1).await.map(|page| page.batches), Ok(vec![batch]));
    assert_eq!(store.turn(&one.id, &ended.turn.id).await, Ok(Some(ended.clone())));
    assert_eq!(ended.turn.session_id, session_id(1));
}
