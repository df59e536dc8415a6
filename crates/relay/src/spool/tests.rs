use super::*;

fn spool(cap: u64) -> (tempfile::TempDir, Spool) {
    let dir = tempfile::tempdir().unwrap();
    let spool = Spool::create(&dir.path().join("spool"), cap).unwrap();
    (dir, spool)
}

fn all(spool: &Spool, received: u64) -> Vec<String> {
    let mut cursor = spool.after(received);
    std::iter::from_fn(|| spool.next(&mut cursor).unwrap()).map(|text| text.as_str().to_owned()).collect()
}

#[test]
fn frames_come_in_order_from_any_point_and_go_with_the_ack() {
    let (_dir, mut spool) = spool(10_000);
    assert_eq!((spool.first(), spool.last()), (1, 0));
    for i in 1..=5 {
        spool.append(Class::Message, format!("frame {i}")).unwrap();
    }
    assert_eq!(all(&spool, 3), ["frame 4", "frame 5"]);
    spool.ack(4);
    assert_eq!((spool.first(), spool.last()), (5, 5));
    assert_eq!(all(&spool, 0), ["frame 5"]);
    spool.ack(5);
    assert_eq!((spool.first(), spool.last(), spool.used()), (6, 5, 0));
    spool.append(Class::Message, "frame 6".into()).unwrap();
    assert_eq!(all(&spool, 5), ["frame 6"]);
    spool.ack(9);
    assert_eq!(all(&spool, 9), [""; 0]);
}

/// A steady stream whose acknowledgements always lag by some frames never fills the ring, and what is read
/// back is right wherever it wraps, from memory and from the file.
#[test]
fn the_ring_goes_round_while_acks_lag() {
    let (_dir, mut spool) = spool(2_000_000);
    let text = |i: u64| format!("{i}:{}", "x".repeat((i * 7919 % 3000) as usize));
    let mut live = spool.after(0);
    for i in 1..=8_000u64 {
        spool.append(Class::Message, text(i)).unwrap();
        assert_eq!(spool.next(&mut live).unwrap().unwrap().as_str(), text(i));
        spool.ack(i.saturating_sub(900));
        if i % 500 == 0 {
            let expected: Vec<_> = (i.saturating_sub(900) + 1..=i).map(text).collect();
            assert_eq!(all(&spool, 0), expected);
            assert!(spool.cached <= CACHE);
        }
    }
}

#[test]
fn each_class_stops_at_its_own_line() {
    let (_dir, mut spool) = spool(1_000);
    let text = || "x".repeat(50);
    while spool.append(Class::Live, text()).is_ok() {}
    assert_eq!(spool.used(), 750);
    while spool.append(Class::Message, text()).is_ok() {}
    assert_eq!(spool.used(), 850);
    assert_eq!(spool.append(Class::Message, text()), Err(Full));
    spool.append(Class::Note, text()).unwrap();
    assert_eq!(spool.last(), 18);
    assert_eq!(all(&spool, 0).len(), 18);
}

#[test]
fn a_reader_behind_the_acks_goes_on_at_the_first_kept_frame() {
    let (_dir, mut spool) = spool(1_000);
    let mut cursor = spool.after(0);
    for i in 1..=4 {
        spool.append(Class::Message, format!("{i}")).unwrap();
    }
    spool.ack(2);
    assert_eq!(spool.next(&mut cursor).unwrap().unwrap().as_str(), "3");
    spool.ack(4);
    spool.append(Class::Message, "5".into()).unwrap();
    assert_eq!(spool.next(&mut cursor).unwrap().unwrap().as_str(), "5");
}
