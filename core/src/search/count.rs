//! What is counted of an answer: the values of facets, and datasets over time.
//!
//! Each count is asked for by itself, so that a page can paint hits first and count while nobody types.

use super::answer::{Answer, Basis, FACET_VALUES, FacetCount, FacetCounts};
use super::columns::Extents;
use super::dates::Day;
use super::doc::Facet;
use super::index::{Index, Need, Wants};
use super::rank::TIME;
use super::small::sort;

/// Datasets over time: equal spans from `start` to `end`, and what lies far outside in one span each.
///
/// The axis is linear in three pieces, see [`Histogram::part`]: one dataset of 1970 among thousands of 2024
/// does not flatten these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    /// First day of the spans.
    pub start: Day,
    /// Last day of the spans.
    pub end: Day,
    /// Of all datasets.
    pub all: Vec<usize>,
    /// Of the hits, whatever time is chosen.
    pub hits: Vec<usize>,
    /// What lies before `start`, where that was cut off.
    pub earlier: Option<Outside>,
    /// What lies after `end`, where that was cut off.
    pub later: Option<Outside>,
}

/// Datasets with data outside of a histogram's spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outside {
    /// The first, or the last, day of all data.
    pub day: Day,
    /// Of all datasets.
    pub all: usize,
    /// Of the hits.
    pub hits: usize,
}

/// The share of the axis that is left to what lies outside, on each side.
const OUTSIDE: f64 = 0.07;

impl Histogram {
    /// The days where the pieces of the axis meet, with their places.
    fn pieces(&self) -> [(f64, f64); 4] {
        let (start, end) = (f64::from(self.start), f64::from(self.end) + 1.0);
        let first = self.earlier.map_or(start, |outside| f64::from(outside.day));
        let last = self.later.map_or(end, |outside| f64::from(outside.day) + 1.0);
        let left = if self.earlier.is_some() { OUTSIDE } else { 0.0 };
        let right = if self.later.is_some() { 1.0 - OUTSIDE } else { 1.0 };
        [(first, 0.0), (start, left), (end, right), (last, 1.0)]
    }

    /// Where the beginning of a day is, from 0 to 1.
    #[must_use]
    pub fn part(&self, day: Day) -> f64 {
        let day = f64::from(day);
        let pieces = self.pieces();
        for pair in pieces.windows(2) {
            let [(from, a), (to, b)] = [pair[0], pair[1]];
            if day < to {
                return a + ((day - from) / (to - from)).max(0.0) * (b - a);
            }
        }
        1.0
    }

    /// The day at a place from 0 to 1.
    #[must_use]
    pub fn day(&self, part: f64) -> Day {
        let pieces = self.pieces();
        for pair in pieces.windows(2) {
            let [(from, a), (to, b)] = [pair[0], pair[1]];
            if part < b {
                return (from + ((part - a) / (b - a)).max(0.0) * (to - from)).floor() as Day;
            }
        }
        pieces[3].0 as Day - 1
    }
}

impl Index {
    /// Counts of a facet's values among an answer's matches, under all filters but its own; `None` where the
    /// index has no such facet.
    ///
    /// # Errors
    /// [`Need`], as [`Index::search`].
    pub fn facet_counts(&self, answer: &Answer, facet: Facet) -> Result<Option<FacetCounts>, Need> {
        self.asking(|wants| self.counts(&answer.basis, facet, wants))
    }

    fn counts(&self, basis: &Basis, facet: Facet, wants: &Wants) -> Option<FacetCounts> {
        let column = self.facet(facet, wants)?;
        let own = 1 << facet as u16;
        let mut counts = vec![0_usize; column.values.len()];
        for doc in &basis.docs {
            if basis.fails(*doc) & !own == 0 {
                column.of(*doc).iter().for_each(|id| counts[*id as usize] += 1);
            }
        }
        let chosen = basis.filters.facets.of(facet).iter();
        let chosen: Vec<u32> = chosen.filter_map(|value| self.facet_value(facet, value, wants)).collect();
        let is_chosen = |at: u32| chosen.contains(&at);
        let mut order: Vec<u32> = (0..column.values.len() as u32).collect();
        let key = |at: &u32| (is_chosen(*at), counts[*at as usize], column.counts[*at as usize]);
        sort(&mut order, |a, b| key(b).cmp(&key(a)).then(a.cmp(b)));
        order.truncate(FACET_VALUES);
        let values = order.iter().map(|at| FacetCount {
            value: column.values[*at as usize].clone(),
            count: counts[*at as usize],
            of: column.counts[*at as usize] as usize,
            chosen: is_chosen(*at),
        });
        Some(FacetCounts { facet, values: values.collect(), n_values: column.values.len() })
    }

    /// Datasets with data in each of `bins` equal spans: all, and an answer's matches without their time
    /// filter; `None` where no dataset has a time.
    ///
    /// # Errors
    /// [`Need`], as [`Index::search`].
    pub fn histogram(&self, answer: &Answer, bins: usize) -> Result<Option<Histogram>, Need> {
        self.asking(|wants| self.over_time(&answer.basis, bins, wants))
    }

    fn over_time(&self, basis: &Basis, bins: usize, wants: &Wants) -> Option<Histogram> {
        let extents = self.extents(wants)?;
        let (first, last) = self.time()?;
        let (start, end) = most_of(extents, first, last);
        let days = i64::from(end) - i64::from(start) + 1;
        let bins = bins.clamp(1, days.clamp(1, 2000) as usize);
        let bin_of = |day: Day| (i64::from(day) - i64::from(start)) * bins as i64 / days;
        // Steps up and down, then their running sum; before, within and after.
        let count = |docs: &mut dyn Iterator<Item = u32>| {
            let mut steps = vec![0_i64; bins + 1];
            let (mut before, mut after) = (0, 0);
            for doc in docs {
                let Some((from, to)) = extents.rows.get(doc as usize).and_then(|row| row.time) else {
                    continue;
                };
                before += usize::from(from < start);
                after += usize::from(to > end);
                if from <= end && to >= start {
                    steps[bin_of(from.max(start)) as usize] += 1;
                    steps[bin_of(to.min(end)) as usize + 1] -= 1;
                }
            }
            let mut sum = 0;
            let sums = steps[..bins].iter().map(|step| {
                sum += step;
                sum.max(0) as usize
            });
            (sums.collect::<Vec<_>>(), before, after)
        };
        let (all, before, after) = count(&mut (0..self.len() as u32));
        let here = basis.docs.iter().copied().filter(|doc| basis.fails(*doc) & !TIME == 0);
        let (hits, hits_before, hits_after) = count(&mut { here });
        let earlier = (start > first).then_some(Outside { day: first, all: before, hits: hits_before });
        let later = (end < last).then_some(Outside { day: last, all: after, hits: hits_after });
        Some(Histogram { start, end, all, hits, earlier, later })
    }
}

/// The days that a histogram shows in detail: without what few datasets claim for more than half of the time.
fn most_of(extents: &Extents, first: Day, last: Day) -> (Day, Day) {
    let times = || extents.rows.iter().filter_map(|row| row.time);
    let n = times().count();
    // One of five, two of twelve, a twentieth of many.
    let few = (n / 20).max(usize::from(n >= 5) + usize::from(n >= 12));
    let days = |from: Day, to: Day| i64::from(to) - i64::from(from);
    // The day before which, counted from one end, lie the edges of no more than `few` datasets: found in
    // steps of a thousandth, because sorting all would take longer than counting.
    let edge = |each: &mut dyn Iterator<Item = i64>| {
        let width = days(first, last) / 1024 + 1;
        let mut steps = [0_usize; 1025];
        let away: Vec<i64> = each.collect();
        for one in &away {
            steps[(one / width).clamp(0, 1024) as usize] += 1;
        }
        let mut sum = 0;
        let step = steps.iter().position(|n| {
            sum += n;
            sum > few
        });
        let from = step.unwrap_or(0) as i64 * width;
        away.into_iter().filter(|one| *one >= from).min().unwrap_or(0)
    };
    let from_first = edge(&mut times().map(|(start, _)| days(first, start)));
    let from_last = edge(&mut times().map(|(_, end)| days(end, last)));
    let length = days(first, last) + 1;
    let rest = length - from_first.max(0) - from_last.max(0);
    if rest < 1 {
        return (first, last);
    }
    let start = if from_first > rest { first.saturating_add(from_first as Day) } else { first };
    let end = if from_last > rest { last.saturating_sub(from_last as Day) } else { last };
    (start, end)
}

#[cfg(test)]
mod tests {
    use super::super::columns::ExtentRow;
    use super::*;

    fn extents(times: &[(Day, Day)]) -> Extents {
        let row = |time: &(Day, Day)| ExtentRow { time: Some(*time), ..ExtentRow::default() };
        Extents { rows: times.iter().map(row).collect() }
    }

    #[test]
    fn one_outlier_does_not_flatten_the_others() {
        let mut times: Vec<(Day, Day)> = (0..30).map(|at| (19_900 + at, 19_910 + at)).collect();
        assert_eq!(most_of(&extents(&times), 19_900, 19_939), (19_900, 19_939));
        times.push((0, 3));
        assert_eq!(most_of(&extents(&times), 0, 19_939), (19_900, 19_939));
        times.push((20_000, 47_000));
        assert_eq!(most_of(&extents(&times), 0, 47_000), (19_900, 19_939));
        // Years that many datasets claim are no outliers.
        times.extend([(10, 20); 12]);
        assert_eq!(most_of(&extents(&times), 0, 47_000), (0, 19_939));
        // Neither is anything among very few.
        assert_eq!(most_of(&extents(&[(0, 1), (900, 901)]), 0, 901), (0, 901));
        assert_eq!(most_of(&extents(&[]), 5, 5), (5, 5));
    }

    #[test]
    fn days_and_places_agree() {
        let outside = |day| Some(Outside { day, all: 1, hits: 0 });
        let mut histogram = Histogram {
            start: 19_900,
            end: 19_999,
            all: vec![1; 100],
            hits: vec![0; 100],
            earlier: outside(0),
            later: outside(47_000),
        };
        for both in [true, false] {
            for day in [19_900, 19_950, 19_999] {
                let middle = f64::midpoint(histogram.part(day), histogram.part(day + 1));
                assert_eq!(histogram.day(middle), day, "{both}");
            }
            if !both {
                assert_eq!((histogram.part(19_900), histogram.part(20_000)), (0.0, 1.0));
                assert_eq!((histogram.day(0.0), histogram.day(1.0)), (19_900, 19_999));
            }
            if both {
                assert_eq!((histogram.part(0), histogram.part(19_900)), (0.0, OUTSIDE));
                assert_eq!((histogram.day(0.0), histogram.day(1.0)), (0, 47_000));
                assert!(histogram.part(10_000) < OUTSIDE && histogram.part(30_000) > 1.0 - OUTSIDE);
            }
            (histogram.earlier, histogram.later) = (None, None);
        }
    }
}
