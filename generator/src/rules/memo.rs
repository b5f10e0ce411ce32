//! What a text gives, kept: the datasets of a campaign have the same units and the same slips in names, and
//! ten thousand of them are judged in each build.

use std::cell::RefCell;
use std::collections::HashMap;

use pinfold_core::cf::units::Unit;

use super::names;

/// Texts that are kept, and how long one may be; hostile metadata have any number and any length.
const MAX_KEPT: usize = 4096;
const MAX_BYTES: usize = 200;

/// Answers by text.
struct Memo<T>(RefCell<HashMap<Box<str>, T>>);

impl<T: Copy> Memo<T> {
    fn new() -> Self {
        Self(RefCell::default())
    }

    fn get(&self, text: &str, find: impl FnOnce(&str) -> T) -> T {
        let mut kept = self.0.borrow_mut();
        if let Some(found) = kept.get(text) {
            return *found;
        }
        let found = find(text);
        if text.len() > MAX_BYTES {
            return found;
        }
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(text.into(), found);
        found
    }
}

thread_local! {
    static UNITS: Memo<Option<Unit>> = Memo::new();
    static CLOSEST: Memo<Option<&'static str>> = Memo::new();
}

/// [`Unit::parse`].
pub(super) fn unit(text: &str) -> Option<Unit> {
    UNITS.with(|memo| memo.get(text, Unit::parse))
}

/// [`names::closest`], which goes through the whole table.
pub(super) fn closest(name: &str) -> Option<&'static str> {
    CLOSEST.with(|memo| memo.get(name, names::closest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_was_found_and_is_bounded() {
        let memo = Memo::new();
        let mut asked = 0;
        for n in 0..MAX_KEPT * 2 + 1 {
            let length = memo.get(&"x".repeat(n % 7), |text| {
                asked += 1;
                text.len()
            });
            assert_eq!(length, n % 7);
        }
        assert_eq!(asked, 7);
        (0..MAX_KEPT * 3).for_each(|n| assert_eq!(memo.get(&n.to_string(), str::len), n.to_string().len()));
        assert!(memo.0.borrow().len() <= MAX_KEPT);
        assert_eq!(unit("hPa"), Unit::parse("hPa"));
        assert_eq!(closest("air_temprature"), Some("air_temperature"));
    }
}
