//! What a cache in memory holds and what it drops first: [`Ledger`], least recently used within a byte budget.
//!
//! The bytes are elsewhere; this is the book about them. What the page keeps between visits has its own, in the
//! database that all tabs share (`web/js/cache.js`).

use std::collections::HashMap;

/// A full cache is emptied by one of so many parts.
const SPARE: u64 = 64;

/// The book of a cache: keys with their sizes in the order of their last use.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    budget_bytes: u64,
    held_bytes: u64,
    next_use: u64,
    /// Size and last use, in no other order: see [`Ledger::shrink`].
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
        Some(self.shrink())
    }

    /// Notes that `key` is gone.
    pub fn remove(&mut self, key: &str) {
        if let Some((size_bytes, _)) = self.by_key.remove(key) {
            self.held_bytes -= size_bytes;
        }
    }

    /// Drops the oldest until the budget holds, and then [`SPARE`] more, so that a full cache is not searched anew for each
    /// block. What was used last stays, unless it alone is too much.
    fn shrink(&mut self) -> Vec<String> {
        let mut dropped = Vec::new();
        if self.held_bytes <= self.budget_bytes {
            return dropped;
        }
        let limit_bytes = self.budget_bytes - self.budget_bytes / SPARE;
        while self.held_bytes > limit_bytes && (self.held_bytes > self.budget_bytes || self.len() > 1) {
            // All that was used in the first part of the time since the oldest.
            let oldest = self.by_key.values().map(|(_, used)| *used).min().unwrap_or(self.next_use);
            let until = oldest + (self.next_use - oldest) / SPARE;
            let keys = self.by_key.iter().filter(|(_, (_, used))| *used <= until).map(|(key, _)| key.clone());
            let keys: Vec<String> = keys.collect();
            keys.iter().for_each(|key| self.remove(key));
            dropped.extend(keys);
        }
        dropped
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
    fn a_full_cache_drops_the_oldest_and_some_more_at_once() {
        let mut ledger = Ledger::new(6400);
        let mut searched = 0;
        for key in 0..20_000_u32 {
            let dropped = ledger.insert(&key.to_string(), 10).unwrap();
            searched += usize::from(!dropped.is_empty());
            assert!(ledger.touch(&key.to_string()), "what was written last stays");
            assert!(ledger.held_bytes() <= 6400 && (key < 640 || ledger.held_bytes() >= 6200), "{key}");
        }
        assert!(searched < 20_000 / 8, "{searched}");
        // Only what was used last is there.
        assert!((19_400..20_000).all(|key| ledger.touch(&key.to_string())));
        // What fills the budget by itself is kept, not dropped for the sake of the spare part.
        assert_eq!(ledger.insert("all", 6400).map(|dropped| dropped.is_empty()), Some(false));
        assert_eq!((ledger.len(), ledger.touch("all")), (1, true));
    }
}
