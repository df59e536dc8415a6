use super::{ProjectRecord, TurnStage};
use gaggle_shared::Seq;

impl ProjectRecord {
    /// Gives the events from `from` on, none of which was shown, numbers that are `by` higher, in all that names them.
    pub(crate) fn renumber(&mut self, from: Seq, by: u64) {
        let raise = |seq: &mut Seq| {
            if *seq >= from {
                *seq += by;
            }
        };
        self.outbox.iter_mut().for_each(|entry| raise(&mut entry.event.seq));
        self.start.iter_mut().for_each(|start| raise(&mut start.seq));
        for turn in &mut self.turns {
            match &mut turn.stage {
                TurnStage::Running { first_seq, .. } => raise(first_seq),
                TurnStage::Ended { first_seq, last_seq, .. } => {
                    first_seq.iter_mut().for_each(raise);
                    raise(last_seq);
                }
                TurnStage::Queued | TurnStage::Sent { .. } => {}
            }
        }
    }
}
