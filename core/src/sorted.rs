//! [`SortedMap`]: a map of few entries, as a list in the order of its keys.
//!
//! `BTreeMap` brings 5 to 12 kB of code into a program for each pair of types; a list has next to none. For dimensions of
//! a view, slots of a node and the like: adding in the middle moves what follows, so what strangers make arbitrarily
//! long is collected first and ordered once ([`SortedMap::from_entries`]).

use std::borrow::Borrow;

/// A map of few entries; walked through in the order of the keys, as `BTreeMap` is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortedMap<K, V>(Vec<(K, V)>);

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> SortedMap<K, V> {
    /// Without entries.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// How many entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keys and values in the keys' order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> + ExactSizeIterator {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// The keys in their order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator {
        self.0.iter().map(|(key, _)| key)
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator {
        self.0.iter().map(|(_, value)| value)
    }

    /// Keeps what `keep` says.
    pub fn retain(&mut self, keep: impl Fn(&K, &V) -> bool) {
        self.0.retain(|(key, value)| keep(key, value));
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    /// Out of entries in any order, however many; of several with one key the last counts.
    #[must_use]
    pub fn from_entries(mut entries: Vec<(K, V)>) -> Self {
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        entries.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                std::mem::swap(next, kept);
            }
            same
        });
        Self(entries)
    }

    fn at<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.0.binary_search_by(|(known, _)| known.borrow().cmp(key))
    }

    /// The value of a key.
    #[must_use]
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.at(key).ok().map(|at| &self.0[at].1)
    }

    /// Whether there is such a key.
    #[must_use]
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.at(key).is_ok()
    }

    /// Sets the value of a key; the one that it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.at(&key) {
            Ok(at) => Some(std::mem::replace(&mut self.0[at].1, value)),
            Err(at) => {
                self.0.insert(at, (key, value));
                None
            }
        }
    }

    /// Takes an entry away; its value.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.at(key).ok().map(|at| self.0.remove(at).1)
    }

    /// The value of a key, which gets an empty one if it had none.
    pub fn or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        let at = self.at(&key).unwrap_or_else(|at| {
            self.0.insert(at, (key, V::default()));
            at
        });
        &mut self.0[at].1
    }
}

impl<K: Ord + Borrow<Q>, Q: Ord + ?Sized, V> std::ops::Index<&Q> for SortedMap<K, V> {
    type Output = V;

    /// # Panics
    /// Where there is no such key.
    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("a key of the map")
    }
}

impl<K: Ord, V> Extend<(K, V)> for SortedMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for SortedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<K, V> IntoIterator for SortedMap<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn does_what_a_btree_does() {
        let (mut list, mut tree) = (SortedMap::new(), BTreeMap::new());
        let mut seed = 7_u32;
        for step in 0..2_000 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let key = format!("{:02}", (seed >> 16) % 40);
            match step % 3 {
                0 => assert_eq!(list.remove(key.as_str()), tree.remove(key.as_str())),
                1 => assert_eq!(list.insert(key.clone(), step), tree.insert(key.clone(), step)),
                _ => {
                    *list.or_default(key.clone()) =
                        *tree.entry(key.clone()).and_modify(|v| *v += 1).or_default()
                }
            }
            assert_eq!(list.get(key.as_str()), tree.get(key.as_str()));
            assert_eq!(list.contains_key(key.as_str()), tree.contains_key(key.as_str()));
            assert!(list.iter().eq(tree.iter()), "{list:?} {tree:?}");
        }
        list.retain(|_, value| value % 2 == 0);
        tree.retain(|_, value| *value % 2 == 0);
        assert!(!list.is_empty() && list.values().eq(tree.values()));
        assert!(list.keys().eq(tree.keys()) && tree.iter().all(|(key, value)| list[key] == *value));
        let old = tree.keys().map(|key| (key.clone(), 0));
        let entries: Vec<_> = old.chain(tree.clone()).rev().chain(tree.clone()).collect();
        assert_eq!(SortedMap::from_entries(entries), list);
        assert_eq!(tree.into_iter().rev().collect::<SortedMap<_, _>>(), list);
    }
}
