//! In which order hits come: titles that say what was asked for first, dates, and one order of ties.

use super::super::answer::Sort;
use super::super::columns::ExtentRow;
use super::super::dates::Day;
use super::super::expand::Slot;
use super::super::index::{Index, Wants};
use super::super::mark::{Marker, holds_phrase};
use super::super::query::Query;
use super::super::small::sort;
use super::super::text;

/// Best hits whose titles are read for the last order; as many as one page where records are fetched.
const RERANK: usize = 120;

impl Index {
    /// Titles that say what was asked for come first.
    pub(super) fn rerank(&self, list: &mut Vec<(u32, f32)>, slots: &[Slot], shown: usize, wants: &Wants) {
        // Whole thousandths: machines may differ in the last bits of a logarithm, but not in the order.
        let round = |points: f32| (points * 1024.0).round() / 1024.0;
        let order = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        list.iter_mut().for_each(|one| one.1 = round(one.1));
        let keys = list.iter().map(|one| !((one.1 * 1024.0) as u32)).collect();
        sort_by_keys(list, keys);
        let words: Vec<&Slot> = slots.iter().filter(|slot| !slot.not).collect();
        if words.is_empty() {
            return;
        }
        let pool = list.len().min(if self.is_whole() { RERANK.max(shown) } else { shown.max(10) });
        let marker = Marker::new(slots);
        let phrase: Vec<String> =
            words.iter().flat_map(|slot| slot.text.split(' ')).map(text::term).collect();
        for one in &mut list[..pool] {
            let Some(record) = self.record_or_want(one.0, wants) else { continue };
            let marks = marker.marks(record.title);
            let mut all = 0_usize;
            text::visit(record.title, |token| {
                all += usize::from(!token.joined && !text::is_stop(&token.word))
            });
            let covered = marks.len() as f32 / all.max(1) as f32;
            let mut factor = 1.0 + 0.35 * covered.min(1.0);
            if phrase.len() > 1 && !marks.is_empty() && holds_phrase(record.title, &phrase) {
                factor += 0.4;
                if all == phrase.len() {
                    factor += 3.0;
                }
            }
            one.1 = round(one.1 * factor);
        }
        // Titles only raise, so the others stay behind those of the pool; a page of fetched records may not.
        let mut best: Vec<(u32, f32)> = list.drain(..pool).collect();
        sort(&mut best, order);
        list.splice(0..0, best);
    }

    pub(super) fn sort(&self, list: &mut Vec<(u32, f32)>, by: Sort, query: &Query, wants: &Wants) {
        let by_date = |list: &mut Vec<(u32, f32)>, key: &dyn Fn(&ExtentRow) -> Option<Day>| {
            let Some(extents) = self.extents(wants) else { return };
            // The latest day has the smallest key, no day the largest.
            let late = |day: Day| (!day).cast_unsigned() ^ 1 << 31;
            by_number(list);
            let day = |doc: u32| extents.rows.get(doc as usize).and_then(key);
            let keys = list.iter().map(|one| day(one.0).map_or(u32::MAX, late)).collect();
            sort_by_keys(list, keys);
        };
        match by {
            Sort::Relevance if query.is_ranked() => {}
            Sort::Relevance | Sort::Title => by_number(list),
            Sort::NewestData => by_date(list, &|row| row.time.map(|(_, end)| end)),
            Sort::NewestPublication => by_date(list, &|row| row.published),
        }
    }
}

/// By number, which is by title.
fn by_number(list: &mut Vec<(u32, f32)>) {
    let keys = list.iter().map(|one| one.0).collect();
    sort_by_keys(list, keys);
}

/// Sorts by keys that stand beside the list, keeping the order of equals: digit by digit, in time that grows
/// with the length only.
fn sort_by_keys(list: &mut Vec<(u32, f32)>, keys: Vec<u32>) {
    const BITS: u32 = 11;
    let digit = |key: u32, shift: u32| (key >> shift) as usize & ((1 << BITS) - 1);
    let mut from: Vec<(u32, (u32, f32))> = keys.into_iter().zip(list.iter().copied()).collect();
    let mut to = from.clone();
    for shift in [0, BITS, 2 * BITS] {
        let mut places = vec![0_u32; 1 << BITS];
        from.iter().for_each(|one| places[digit(one.0, shift)] += 1);
        let mut sum = 0;
        for place in &mut places {
            (*place, sum) = (sum, sum + *place);
        }
        for one in &from {
            let place = &mut places[digit(one.0, shift)];
            to[*place as usize] = *one;
            *place += 1;
        }
        std::mem::swap(&mut from, &mut to);
    }
    list.clear();
    list.extend(from.into_iter().map(|one| one.1));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_sort_as_comparisons_do() {
        let mut list: Vec<(u32, f32)> = (0..5000_u32)
            .map(|at| (at, (at.wrapping_mul(2_654_435_761) >> 12) as f32 / 7.0))
            .chain([(5000, 0.0), (5001, 0.0), (5002, 4e9)])
            .collect();
        let mut want = list.clone();
        want.sort_by(|a, b| (b.1 as u32).cmp(&(a.1 as u32)).then(a.0.cmp(&b.0)));
        let keys = list.iter().map(|one| !(one.1 as u32)).collect();
        sort_by_keys(&mut list, keys);
        assert_eq!(list, want);
    }
}
