//! Journals: appending, reading, compacting, trimming.

use super::Subject;
use crate::store::sample::{batch, entry, project_id, up_to};
use gaggle_core::port::{Batch, JournalPage, LinkCursor, Sealed, Store, StoreError};
use gaggle_shared::{ProjectId, Seq};

const ALL: usize = usize::MAX;

async fn page(store: &dyn Store, project: &ProjectId, after: Seq, bytes: usize) -> JournalPage {
    let page = store.read(project, after, bytes).await;
    assert!(page.is_ok(), "{page:?}");
    page.unwrap_or_default()
}

async fn append(store: &dyn Store, project: &ProjectId, batches: &[Batch]) {
    for batch in batches {
        assert_eq!(store.append(project, batch).await, Ok(()));
    }
}

fn seqs(page: &JournalPage) -> Vec<Vec<Seq>> {
    page.batches.iter().map(|batch| batch.entries.iter().map(|entry| entry.event.seq).collect()).collect()
}

/// What was appended is read as it was written, with what the agent said and the cursor.
pub async fn append_then_read(subject: &mut dyn Subject) {
    let (store, project) = (subject.store(), project_id(1));
    assert_eq!(page(&*store, &project, 0, ALL).await, JournalPage::default());
    let batches = [
        up_to(batch([1, 2, 5]), 1, 3),
        batch([6]),
        up_to(batch([300, 70_000, u64::from(u32::MAX) + 1]), 2, 1),
    ];
    append(&*store, &project, &batches).await;
    assert_eq!(page(&*store, &project, 0, ALL).await, JournalPage { batches: batches.to_vec(), more: false });
}

/// The same batch again changes nothing.
pub async fn append_twice(subject: &mut dyn Subject) {
    let (store, project) = (subject.store(), project_id(1));
    let batches = [up_to(batch([1, 2]), 1, 1), up_to(batch([3]), 1, 2)];
    append(&*store, &project, &batches).await;
    append(&*store, &project, &batches).await;
    assert_eq!(page(&*store, &project, 0, ALL).await.batches, batches);
    assert_eq!(store.journal_end(&project).await, Ok((3, LinkCursor { incarnation: 1, frame: 2 })));
}

/// Another batch under a seq that is there is a conflict, and what is there stays.
pub async fn another_batch_under_a_seq(subject: &mut dyn Subject) {
    let (store, project) = (subject.store(), project_id(1));
    append(&*store, &project, &[batch([1, 2])]).await;
    assert_eq!(store.append(&project, &batch([1])).await, Err(StoreError::Conflict));
    assert_eq!(page(&*store, &project, 0, ALL).await.batches, [batch([1, 2])]);
}

/// Journals do not run into each other.
pub async fn projects_are_apart(subject: &mut dyn Subject) {
    let store = subject.store();
    let ids = ["p", "p1", "p10", "p1-0"].map(|id| ProjectId::parse(id).unwrap_or_else(|_| project_id(1)));
    for (n, id) in (1..).zip(&ids) {
        append(&*store, id, &[batch([n]), batch([n + 10])]).await;
    }
    assert_eq!(store.trim(&ids[0], 100).await, Ok(()));
    assert_eq!(store.erase(&ids[3], None).await, Ok(()));
    assert_eq!(store.compact(&ids[2], &batch([3, 13])).await, Ok(()));
    let expected: [&[&[Seq]]; 4] = [&[], &[&[2], &[12]], &[&[3, 13]], &[]];
    for (id, expected) in ids.iter().zip(expected) {
        assert_eq!(seqs(&page(&*store, id, 0, ALL).await), expected, "{id}");
    }
}

/// Whole batches until the size is reached, at least one, and whether there are more.
pub async fn whole_batches_up_to_size(subject: &mut dyn Subject) {
    let (store, project) = (subject.store(), project_id(1));
    let text = "x".repeat(1000);
    let batches: Vec<_> = (1..=100).map(|n| Batch::new(vec![entry(n, &text)], None)).collect();
    append(&*store, &project, &batches).await;
    for bytes in [0, 1, 100] {
        let first = page(&*store, &project, 0, bytes).await;
        assert_eq!((seqs(&first), first.more), (vec![vec![1]], true), "{bytes} bytes");
    }
    let some = page(&*store, &project, 0, 20_000).await;
    assert!((10..=22).contains(&some.batches.len()) && some.more, "{} batches", some.batches.len());
    let last = page(&*store, &project, 99, 1).await;
    assert_eq!((seqs(&last), last.more), (vec![vec![100]], false));
    for bytes in [1, 5_000, 40_000, ALL] {
        let mut read = Vec::new();
        loop {
            let next = page(&*store, &project, read.last().map_or(0, Batch::last), bytes).await;
            let more = next.more;
            read.extend(next.batches);
            if !more {
                break;
            }
        }
        assert!(read == batches, "read in pieces of {bytes} bytes");
    }
}

/// From within a batch its later entries come; from a gap what follows; from the end nothing.
pub async fn entries_are_cut_off(subject: &mut dyn Subject) {
    let (store, project) = (subject.store(), project_id(1));
    append(&*store, &project, &[up_to(batch([1, 2, 5, 6]), 1, 7), batch([10, 12])]).await;
    let cases: [(Seq, &[&[Seq]]); 9] = [
        (0, &[&[1, 2, 5, 6], &[10, 12]]),
        (1, &[&[2, 5, 6], &[10, 12]]),
        (3, &[&[5, 6], &[10, 12]]),
        (5, &[&[6], &[10, 12]]),
        (6, &[&[10, 12]]),
        (9, &[&[10, 12]]),
        (10, &[&[12]]),
        (12, &[]),
        (Seq::MAX, &[]),
    ];
    for (after, expected) in cases {
        let found = page(&*store, &project, after, ALL).await;
        assert_eq!(
            (seqs(&found), found.more),
            (expected.iter().map(|s| s.to_vec()).collect(), false),
            "after {after}"
        );
    }
    let cut = page(&*store, &project, 5, ALL).await;
    assert_eq!(cut.batches[0], up_to(batch([6]), 1, 7), "what is left of a batch keeps its cursor");
}

/// The highest seq and cursor, also where later batches come from no frame.
pub async fn end_of_a_journal(subject: &mut dyn Subject) {
    let (store, project) = (subject.store(), project_id(1));
    let none = LinkCursor::default();
    assert_eq!(store.journal_end(&project).await, Ok((0, none)));
    append(&*store, &project, &[batch([3, 4])]).await;
    assert_eq!(store.journal_end(&project).await, Ok((4, none)));
    append(&*store, &project, &[up_to(batch([5]), 1, 900), up_to(batch([6]), 2, 4), batch([8, 9])]).await;
    assert_eq!(store.journal_end(&project).await, Ok((9, LinkCursor { incarnation: 2, frame: 4 })));
    assert_eq!(store.journal_end(&project_id(2)).await, Ok((0, none)));
    assert_eq!(store.compact(&project, &up_to(batch([3, 9]), 2, 4)).await, Ok(()));
    assert_eq!(store.journal_end(&project).await, Ok((9, LinkCursor { incarnation: 2, frame: 4 })));
    assert_eq!(store.erase(&project, None).await, Ok(()));
    assert_eq!(store.journal_end(&project).await, Ok((0, none)));
}

/// The new batch stands for all that began within it; the others stay.
pub async fn compact_replaces(subject: &mut dyn Subject) {
    let (store, project) = (subject.store(), project_id(1));
    append(&*store, &project, &[batch([1]), batch([2, 3]), batch([4]), batch([5, 6]), batch([7])]).await;
    let joined = up_to(Batch::new(vec![entry(2, "2 to 4"), entry(6, "5 and 6")], None), 1, 4);
    for again in 0..2 {
        assert_eq!(store.compact(&project, &joined).await, Ok(()));
        let found = page(&*store, &project, 0, ALL).await;
        assert_eq!(found.batches, [batch([1]), joined.clone(), batch([7])], "{again}");
    }
    assert_eq!(seqs(&page(&*store, &project, 4, ALL).await), [[6], [7]]);
}

/// A batch that was compacted may be compacted again, with more.
pub async fn compact_can_grow(subject: &mut dyn Subject) {
    let (store, project) = (subject.store(), project_id(1));
    append(&*store, &project, &[batch([1]), batch([2]), batch([3])]).await;
    assert_eq!(store.compact(&project, &batch([1, 2])).await, Ok(()));
    assert_eq!(store.compact(&project, &batch([1, 3])).await, Ok(()));
    append(&*store, &project, &[batch([4])]).await;
    assert_eq!(seqs(&page(&*store, &project, 0, ALL).await), [vec![1, 3], vec![4]]);
}

/// A late compaction, of what was read before, neither brings back what is gone nor hides what is more.
pub async fn compact_never_goes_back(subject: &mut dyn Subject) {
    let (store, project) = (subject.store(), project_id(1));
    assert_eq!(store.compact(&project, &batch([1, 2])).await, Err(StoreError::Conflict), "nothing is there");
    assert_eq!(page(&*store, &project, 0, ALL).await, JournalPage::default());
    append(&*store, &project, &[batch([1]), batch([2]), batch([3]), batch([4, 7]), batch([8])]).await;
    assert_eq!(store.compact(&project, &batch([1, 3])).await, Ok(()));
    assert_eq!(store.compact(&project, &batch([1, 2])).await, Err(StoreError::Conflict), "more is there");
    assert_eq!(store.compact(&project, &batch([1, 3, 5])).await, Ok(()), "up to the middle of another");
    assert_eq!(seqs(&page(&*store, &project, 0, ALL).await), [vec![1, 3, 5], vec![7], vec![8]]);
}

/// What comes into sealed seqs is refused or hidden, also where the seal holds something, in any piece size; the
/// journal ends with the seal.
pub async fn a_seal_ends_what_others_wrote(subject: &mut dyn Subject) {
    let seal = |from, to, entries: &[Seq]| Batch {
        sealed: Some(Sealed { from, to }),
        ..batch(entries.iter().copied())
    };
    for (n, held) in (1..).zip([&[][..], &[5], &[3, 5]]) {
        let (store, project) = (subject.store(), project_id(n));
        append(&*store, &project, &[up_to(batch([1]), 1, 1), up_to(batch([2]), 1, 2)]).await;
        append(&*store, &project, &[seal(3, 100, held)]).await;
        append(&*store, &project, &[seal(3, 100, held)]).await;
        let end = (100, LinkCursor { incarnation: 1, frame: 2 });
        assert_eq!(store.journal_end(&project).await, Ok(end));
        assert_eq!(store.append(&project, &up_to(batch([3, 4]), 1, 3)).await, Err(StoreError::Conflict));
        assert_eq!(store.append(&project, &batch([4, 6])).await, Ok(()), "hidden");
        let before: Vec<Seq> = [1, 2].into_iter().chain(held.iter().copied()).collect();
        let all: Vec<Seq> = before.iter().copied().chain([101, 102]).collect();
        assert_eq!(seqs(&page(&*store, &project, 0, ALL).await).concat(), before);
        append(&*store, &project, &[batch([101]), batch([102])]).await;
        drop(store);
        subject.reopen().await;
        let store = subject.store();
        for bytes in [1, 200, ALL] {
            let (mut read, mut at) = (Vec::new(), 0);
            loop {
                let found = page(&*store, &project, at, bytes).await;
                assert!(found.batches.iter().all(|batch| !batch.entries.is_empty()), "{found:?}");
                read.extend(seqs(&found).concat());
                at = found.batches.last().map_or(at, Batch::last);
                if !found.more {
                    break;
                }
            }
            assert_eq!(read, all, "{bytes} bytes");
        }
        for after in 2..102 {
            let expected: Vec<Seq> = all.iter().copied().filter(|seq| *seq > after).collect();
            assert_eq!(seqs(&page(&*store, &project, after, ALL).await).concat(), expected, "after {after}");
        }
        assert_eq!(store.compact(&project, &batch([1, 2, 102])).await, Ok(()), "over the seal");
        assert_eq!(seqs(&page(&*store, &project, 0, ALL).await), [[1, 2, 102]]);
    }
}

/// A batch, then batches within its reach, as a compaction leaves them that died early.
async fn left_overs(store: &dyn Store, project: &ProjectId) {
    append(store, project, &[batch([1, 9]), batch([3, 4]), batch([5]), batch([6, 9]), batch([10])]).await;
}

/// Reading shows nothing of left-overs, in any piece size.
pub async fn left_overs_are_skipped(subject: &mut dyn Subject) {
    let (store, project) = (subject.store(), project_id(1));
    left_overs(&*store, &project).await;
    assert_eq!(seqs(&page(&*store, &project, 0, ALL).await), [vec![1, 9], vec![10]]);
    let first = page(&*store, &project, 0, 1).await;
    assert_eq!((seqs(&first), first.more), (vec![vec![1, 9]], true));
    let second = page(&*store, &project, 9, 1).await;
    assert_eq!((seqs(&second), second.more), (vec![vec![10]], false));
    assert_eq!(store.compact(&project, &batch([1, 9])).await, Ok(()));
    assert_eq!(seqs(&page(&*store, &project, 0, ALL).await), [vec![1, 9], vec![10]]);
}

/// Also where reading begins among them; and nothing but left-overs behind is not more.
pub async fn left_overs_are_skipped_from_within(subject: &mut dyn Subject) {
    let (store, project) = (subject.store(), project_id(1));
    left_overs(&*store, &project).await;
    for after in 1..9 {
        let found = page(&*store, &project, after, ALL).await;
        assert_eq!(seqs(&found), [[9], [10]], "after {after}");
    }
    let tail = project_id(2);
    append(&*store, &tail, &[batch([1, 9]), batch([3, 4]), batch([6, 9])]).await;
    let found = page(&*store, &tail, 0, 1).await;
    assert_eq!((seqs(&found), found.more), (vec![vec![1, 9]], false));
    assert_eq!(seqs(&page(&*store, &tail, 4, 1).await), [[9]]);
}

/// Batches that end below go, all others stay whole.
pub async fn trim_drops_what_is_below(subject: &mut dyn Subject) {
    let (store, project) = (subject.store(), project_id(1));
    append(&*store, &project, &[batch([1, 2]), batch([3, 4]), batch([5, 8]), batch([9])]).await;
    let cases: [(Seq, &[&[Seq]]); 6] = [
        (0, &[&[1, 2], &[3, 4], &[5, 8], &[9]]),
        (2, &[&[1, 2], &[3, 4], &[5, 8], &[9]]),
        (3, &[&[3, 4], &[5, 8], &[9]]),
        (8, &[&[5, 8], &[9]]),
        (9, &[&[9]]),
        (100, &[]),
    ];
    for (before, expected) in cases {
        for _ in 0..2 {
            assert_eq!(store.trim(&project, before).await, Ok(()));
            assert_eq!(seqs(&page(&*store, &project, 0, ALL).await), expected, "before {before}");
        }
    }
    append(&*store, &project, &[batch([200])]).await;
    assert_eq!(seqs(&page(&*store, &project, 0, ALL).await), [[200]]);
}

/// What is left knows the highest seq, and the cursor if the batch that has it is left.
pub async fn trim_keeps_the_cursor(subject: &mut dyn Subject) {
    let (store, project) = (subject.store(), project_id(1));
    append(&*store, &project, &[up_to(batch([1]), 1, 1), up_to(batch([2]), 1, 2), batch([3])]).await;
    assert_eq!(store.trim(&project, 2).await, Ok(()));
    assert_eq!(store.journal_end(&project).await, Ok((3, LinkCursor { incarnation: 1, frame: 2 })));
}

/// Eight MiB in one batch.
pub async fn large_batches(subject: &mut dyn Subject) {
    let project = project_id(1);
    let large = Batch::new(vec![entry(1, &"ä7\"\n".repeat(8 * 1024 * 1024 / 5)), entry(2, "x")], None);
    append(&*subject.store(), &project, &[large.clone(), batch([3])]).await;
    subject.reopen().await;
    let store = subject.store();
    let found = page(&*store, &project, 0, 1).await;
    assert!(found.batches == [large] && found.more);
    assert_eq!(seqs(&page(&*store, &project, 1, 1).await), [[2]]);
}
