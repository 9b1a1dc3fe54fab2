//! Symbols by dense index.
//!
//! Indices come from the feed: the stock locate in ITCH (a day-scoped dense index, 0 = no
//! instrument), the order of first appearance elsewhere. The table grows while the feed is read and
//! is complete at its end.

use std::collections::HashMap;

/// Dense index <-> symbol.
#[derive(Clone, Debug, Default)]
pub struct Instruments {
    /// Empty string: the index has no symbol (yet).
    symbols: Vec<Box<str>>,
    indices: HashMap<Box<str>, u32>,
    /// Ids of the feed by index; empty if the feed has none.
    ids: Vec<u32>,
    by_id: HashMap<u32, u32>,
}

impl Instruments {
    /// The symbol of `index`, if it has one.
    #[must_use]
    pub fn get(&self, index: u32) -> Option<&str> {
        self.symbols.get(index as usize).map(|symbol| &**symbol).filter(|symbol| !symbol.is_empty())
    }

    /// The index of `symbol`, if it was seen.
    #[must_use]
    pub fn find(&self, symbol: &str) -> Option<u32> {
        self.indices.get(symbol).copied()
    }

    /// The feed's own id of the instrument at `index` (security id, instrument id). Where the feed
    /// has none, or has the index itself (a stock locate), it is the index.
    #[must_use]
    pub fn id(&self, index: u32) -> u32 {
        self.ids.get(index as usize).copied().unwrap_or(index)
    }

    /// The index of the instrument with the feed's own id.
    #[must_use]
    pub fn find_id(&self, id: u32) -> Option<u32> {
        if self.ids.is_empty() {
            return self.get(id).map(|_| id);
        }
        self.by_id.get(&id).copied()
    }

    /// Number of symbols. Indices may lie beyond it where the feed leaves holes: see
    /// [`Instruments::bound`].
    #[must_use]
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Whether no symbol was seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// One more than the highest index that has a symbol: the length of an array indexed by
    /// instrument.
    #[must_use]
    pub fn bound(&self) -> usize {
        self.symbols.len()
    }

    /// Every index that has a symbol, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &str)> {
        (0..)
            .zip(&self.symbols)
            .filter(|(_, symbol)| !symbol.is_empty())
            .map(|(index, symbol)| (index, &**symbol))
    }

    /// Gives `index` the symbol, replacing an earlier one.
    pub(crate) fn set(&mut self, index: u32, symbol: &str) {
        let slot = index as usize;
        if self.symbols.len() <= slot {
            self.symbols.resize(slot + 1, Box::default());
        }
        if *self.symbols[slot] == *symbol {
            return;
        }
        if self.indices.get(&self.symbols[slot]) == Some(&index) {
            self.indices.remove(&self.symbols[slot]);
        }
        self.symbols[slot] = symbol.into();
        self.indices.insert(symbol.into(), index);
    }

    /// The index of the instrument with that id; a new one is appended and named by its id until
    /// its symbol is known.
    pub(crate) fn by_id(&mut self, id: u32) -> u32 {
        if let Some(&index) = self.by_id.get(&id) {
            return index;
        }
        let index = self.ids.len() as u32;
        self.ids.push(id);
        self.by_id.insert(id, index);
        self.set(index, &id.to_string());
        index
    }

    /// Whether the feed has ids of its own.
    pub(crate) fn has_ids(&self) -> bool {
        !self.ids.is_empty()
    }

    /// Gives `index` the feed's own id.
    pub(crate) fn set_id(&mut self, index: u32, id: u32) {
        let slot = index as usize;
        for missing in self.ids.len()..=slot {
            self.ids.push(missing as u32);
        }
        self.ids[slot] = id;
        self.by_id.insert(id, index);
    }

    /// The index of `symbol`, appended if it is new.
    pub fn intern(&mut self, symbol: &str) -> u32 {
        self.find(symbol).unwrap_or_else(|| {
            let index = self.symbols.len() as u32;
            self.set(index, symbol);
            index
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions_agree_with_holes_and_renames() {
        let mut table = Instruments::default();
        table.set(3, "MSFT");
        table.set(1, "AAPL");
        assert_eq!((table.len(), table.bound()), (2, 4));
        assert_eq!(table.iter().collect::<Vec<_>>(), [(1, "AAPL"), (3, "MSFT")]);
        assert_eq!((table.get(0), table.get(2), table.get(9)), (None, None, None));
        table.set(3, "META");
        assert_eq!(
            (table.find("MSFT"), table.find("META"), table.get(3)),
            (None, Some(3), Some("META"))
        );
    }

    #[test]
    fn ids_of_the_feed_go_both_ways() {
        let mut table = Instruments::default();
        table.set(7, "AAPL");
        assert_eq!((table.id(7), table.find_id(7), table.find_id(6)), (7, Some(7), None));
        let mut table = Instruments::default();
        assert_eq!([90, 12, 90].map(|id| table.by_id(id)), [0, 1, 0]);
        table.set(1, "ESZ5");
        assert_eq!(
            (table.get(0), table.find("ESZ5"), table.find("12")),
            (Some("90"), Some(1), None)
        );
        assert_eq!((table.id(1), table.find_id(12), table.find_id(1)), (12, Some(1), None));
    }

    #[test]
    fn interning_counts_up_in_order_of_first_appearance() {
        let mut table = Instruments::default();
        assert_eq!(["B", "A", "B", "C"].map(|symbol| table.intern(symbol)), [0, 1, 0, 2]);
        assert_eq!(table.get(1), Some("A"));
    }
}
