//! Room for new runs: what silent keys leave behind is searched for and given back.

use super::runs::NIL;
use super::state::State;

impl State {
    /// Makes room for `more` runs of as many keys, as far as expired runs and keys without any
    /// hold it. Slots found before are void.
    ///
    /// Expired runs go when their key is next seen; those of keys that have fallen silent go here.
    /// Looking through all of them is spread over many starts: a limit counts as reached when less
    /// than an eighth of it could be freed.
    #[inline(always)]
    pub(crate) fn reserve<const JOURNAL: bool>(&mut self, more: usize) {
        if (self.partitions.is_short_of(more) || self.runs.is_short_of(more))
            && self.tally.starts > self.patience
        {
            self.reclaim::<JOURNAL>();
        }
    }

    #[cold]
    fn reclaim<const JOURNAL: bool>(&mut self) {
        self.tally.starts = 0;
        for slot in self.partitions.slots() {
            let mut list = self.partitions.get(slot).list();
            if !self.is_expired(list.0, self.tally.latest) {
                continue;
            }
            if JOURNAL {
                self.open_list(slot);
            }
            while self.is_expired(list.0, self.tally.latest) {
                let run = list.0;
                list.0 = self.runs.next(run);
                self.free::<JOURNAL>(run);
            }
            if list.0 == NIL {
                list.1 = NIL;
            }
            self.partitions.set_list(slot, list);
        }
        self.partitions.sweep();
    }

    /// Is there a run, still waiting, whose window is over?
    #[inline(always)]
    fn is_expired(&self, run: u32, time: u64) -> bool {
        run != NIL
            && !self.runs.is_complete(run)
            && time.saturating_sub(self.runs.start(run)) >= self.window
    }
}
