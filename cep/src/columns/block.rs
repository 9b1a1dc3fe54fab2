//! Sixty-four events: what is known of each atom so far, and conditions from that.

use bytemuck::Pod;

use super::kernel::{Column, LANES};
use crate::atoms::{Atoms, Formula, Literal, Plain, Slot, Test};
use crate::ir::StepId;

/// Fewer events than this are tested one by one rather than as a column.
const FEW: u32 = 6;
/// The same if the column is yet to be gathered.
const FEW_UNGATHERED: u32 = 24;

/// Working memory.
#[derive(Debug)]
pub(crate) struct Block {
    /// By slot.
    columns: Box<[Column]>,
    gathered: Box<[bool]>,
    /// For each atom, the events of which it is known whether they meet it, and that.
    atoms: Box<[Known]>,
    /// The atoms of which something is known.
    touched: Vec<u32>,
    /// The events that meet each condition.
    words: [u64; StepId::MOST],
}

#[derive(Debug, Clone, Copy, Default)]
struct Known {
    known: u64,
    met: u64,
}

impl Block {
    pub(crate) fn new(atoms: usize, slots: usize) -> Self {
        Self {
            columns: (0..slots).map(|_| Column::new()).collect(),
            gathered: vec![false; slots].into(),
            atoms: vec![Known::default(); atoms].into(),
            touched: Vec::with_capacity(atoms),
            words: [0; StepId::MOST],
        }
    }

    /// Evaluates `conditions` over `events`, at most [`LANES`] of them; the events that meet any.
    pub(super) fn evaluate<E: Pod>(
        &mut self,
        atoms: &Atoms,
        conditions: &[Formula<Literal>],
        events: &[E],
    ) -> u64 {
        self.next();
        let all = u64::MAX >> (LANES - events.len());
        let mut any = 0;
        for (at, condition) in conditions.iter().enumerate() {
            self.words[at] = self.formula(atoms, condition, all, events);
            any |= self.words[at];
        }
        any
    }

    /// For the first `conditions` of the last evaluation, the events that meet each.
    pub(super) fn words(&self, conditions: usize) -> &[u64] {
        &self.words[..conditions]
    }

    /// Nothing is known of the next events.
    pub(crate) fn next(&mut self) {
        for atom in self.touched.drain(..) {
            self.atoms[atom as usize] = Known::default();
        }
        self.gathered.fill(false);
    }

    /// Those of the events `of` that meet `formula`.
    pub(crate) fn formula<E: Pod>(
        &mut self,
        atoms: &Atoms,
        formula: &Formula<Literal>,
        of: u64,
        events: &[E],
    ) -> u64 {
        match formula {
            Formula::Literal(Literal { atom, met }) => {
                let holds = self.atom(atoms, *atom, of, events);
                if *met { holds & of } else { !holds & of }
            }
            Formula::All(parts) => parts.iter().fold(of, |left, part| match left {
                0 => 0,
                left => self.formula(atoms, part, left, events),
            }),
            Formula::Any(parts) => parts.iter().fold(0, |met, part| match of & !met {
                0 => met,
                left => met | self.formula(atoms, part, left, events),
            }),
        }
    }

    /// The events that meet `atom`; right for the events `of`.
    #[inline]
    fn atom<E: Pod>(&mut self, atoms: &Atoms, atom: u32, of: u64, events: &[E]) -> u64 {
        let Known { known, met } = self.atoms[atom as usize];
        let missing = of & !known;
        if missing == 0 {
            return met;
        }
        if known == 0 {
            self.touched.push(atom);
        }
        if let Some(met) = self.column(atoms, atoms.test(atom), missing, events) {
            self.atoms[atom as usize] = Known { known: u64::MAX, met };
            return met;
        }
        let (mut left, mut met) = (missing, met);
        while left != 0 {
            let at = left.trailing_zeros();
            met |= u64::from(atoms.holds(atom, &events[at as usize])) << at;
            left &= left - 1;
        }
        self.atoms[atom as usize] = Known { known: known | missing, met };
        met
    }

    /// The events that meet `test`, if it is one that goes over a column and enough are missing.
    #[inline]
    fn column<E: Pod>(
        &mut self,
        atoms: &Atoms,
        test: &Test,
        missing: u64,
        events: &[E],
    ) -> Option<u64> {
        let Test::Plain(Plain::Equal(slot, _) | Plain::AtLeast(slot, _)) = test else {
            return None;
        };
        let at = usize::from(*slot);
        let few = if self.gathered[at] { FEW } else { FEW_UNGATHERED };
        if missing.count_ones() < few {
            return None;
        }
        let column = self.gather(atoms, *slot, events);
        match test {
            Test::Plain(Plain::Equal(_, value)) => Some(column.equal(*value)),
            Test::Plain(Plain::AtLeast(_, value)) => Some(column.at_least(*value)),
            _ => None,
        }
    }

    fn gather<E: Pod>(&mut self, atoms: &Atoms, slot: Slot, events: &[E]) -> &Column {
        let at = usize::from(slot);
        if !std::mem::replace(&mut self.gathered[at], true) {
            self.columns[at].gather(&atoms.fields()[at], events);
        }
        &self.columns[at]
    }

    /// Bytes allocated.
    pub(crate) fn memory(&self) -> usize {
        let columns = self.columns.iter().map(Column::memory).sum::<usize>();
        size_of_val(&*self.columns)
            + columns
            + size_of_val(&*self.gathered)
            + size_of_val(&*self.atoms)
            + self.touched.capacity() * size_of::<u32>()
    }
}
