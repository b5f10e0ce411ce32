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
        sort(list, order);
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
            let key = |doc: u32| {
                extents.rows.get(doc as usize).and_then(key).map_or(i64::MAX, |day| -i64::from(day))
            };
            sort(list, |a, b| (key(a.0), a.0).cmp(&(key(b.0), b.0)));
        };
        match by {
            Sort::Relevance if query.is_ranked() => {}
            Sort::Relevance | Sort::Title => sort(list, |a, b| a.0.cmp(&b.0)),
            Sort::NewestData => by_date(list, &|row| row.time.map(|(_, end)| end)),
            Sort::NewestPublication => by_date(list, &|row| row.published),
        }
    }
}
