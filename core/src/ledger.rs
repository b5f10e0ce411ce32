//! What a block cache holds and what it drops first: [`Ledger`], least recently used within a byte budget.
//!
//! The bytes are elsewhere (IndexedDB in the page); this is the book about them, so that eviction can be
//! tested without a browser.

use std::collections::HashMap;

/// The book of a cache: keys with their sizes in the order of their last use.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    budget_bytes: u64,
    held_bytes: u64,
    next_use: u64,
    /// Size and last use. In no other order: the oldest is looked for when one has to go, each time a block is written
    /// to a full cache.
    by_key: HashMap<String, (u64, u64)>,
}

impl Ledger {
    /// An empty cache that may hold `budget_bytes`.
    #[must_use]
    pub fn new(budget_bytes: u64) -> Self {
        Self { budget_bytes, ..Self::default() }
    }

    /// Bytes held now.
    #[must_use]
    pub fn held_bytes(&self) -> u64 {
        self.held_bytes
    }

    /// Blocks held now.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// The most that may be held.
    #[must_use]
    pub fn budget_bytes(&self) -> u64 {
        self.budget_bytes
    }

    /// Whether `key` is held; if so it was used now.
    pub fn touch(&mut self, key: &str) -> bool {
        let Some((_, used)) = self.by_key.get_mut(key) else { return false };
        *used = self.next_use;
        self.next_use += 1;
        true
    }

    /// Notes that `key` is held now, and returns the keys to drop for it. `None`: it is larger than the whole budget.
    #[must_use]
    pub fn insert(&mut self, key: &str, size_bytes: u64) -> Option<Vec<String>> {
        if size_bytes > self.budget_bytes {
            return None;
        }
        self.remove(key);
        self.by_key.insert(key.to_owned(), (size_bytes, self.next_use));
        self.next_use += 1;
        self.held_bytes += size_bytes;
        Some(self.shrink_to(self.budget_bytes))
    }

    /// Notes that `key` is gone.
    pub fn remove(&mut self, key: &str) {
        if let Some((size_bytes, _)) = self.by_key.remove(key) {
            self.held_bytes -= size_bytes;
        }
    }

    /// Lowers the budget (the browser's quota was smaller than hoped) and returns what to drop.
    #[must_use]
    pub fn lower_budget(&mut self, budget_bytes: u64) -> Vec<String> {
        self.budget_bytes = self.budget_bytes.min(budget_bytes);
        self.shrink_to(self.budget_bytes)
    }

    fn shrink_to(&mut self, limit_bytes: u64) -> Vec<String> {
        let mut dropped = Vec::new();
        while self.held_bytes > limit_bytes {
            let Some(key) = self.oldest() else { break };
            self.remove(&key);
            dropped.push(key);
        }
        dropped
    }

    fn oldest(&self) -> Option<String> {
        // No two were used last at the same time.
        let oldest = self.by_key.iter().min_by_key(|(_, (_, used))| *used);
        oldest.map(|(key, _)| key.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::Ledger;

    #[test]
    fn the_least_recently_used_goes_first() {
        let mut ledger = Ledger::new(10);
        assert_eq!(ledger.insert("a", 4), Some(vec![]));
        assert_eq!(ledger.insert("b", 4), Some(vec![]));
        assert!(ledger.touch("a"));
        assert_eq!(ledger.insert("c", 4), Some(vec!["b".to_owned()]));
        assert_eq!((ledger.held_bytes(), ledger.len()), (8, 2));
        assert!(!ledger.touch("b"));
    }

    #[test]
    fn the_same_key_counts_once_and_giants_are_refused() {
        let mut ledger = Ledger::new(10);
        assert_eq!(ledger.insert("a", 4), Some(vec![]));
        assert_eq!(ledger.insert("a", 6), Some(vec![]));
        assert_eq!(ledger.held_bytes(), 6);
        assert_eq!(ledger.insert("giant", 11), None);
        assert_eq!(ledger.held_bytes(), 6);
    }

    #[test]
    fn a_smaller_quota_drops_the_oldest() {
        let mut ledger = Ledger::new(10);
        for key in ["a", "b", "c"] {
            assert_eq!(ledger.insert(key, 3), Some(vec![]));
        }
        assert_eq!(ledger.lower_budget(5), ["a", "b"]);
        assert_eq!(ledger.insert("giant", 6), None);
    }
}
