//! Days since 1970-01-01 and the dates that people write. Proleptic Gregorian calendar.

/// A day, counted from 1970-01-01.
pub type Day = i32;

/// Days from 1970-01-01 (Hinnant's algorithm).
#[must_use]
pub fn day_of(year: i32, month: u32, day: u32) -> Day {
    let (year, month, day) = (i64::from(year) - i64::from(month <= 2), i64::from(month), i64::from(day));
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * 146_097 + day_of_era - 719_468) as Day
}

/// Year, month and day of month.
#[must_use]
pub fn civil(day: Day) -> (i32, u32, u32) {
    let z = i64::from(day) + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    (year as i32, month as u32, (doy - (153 * mp + 2) / 5 + 1) as u32)
}

/// Years that a range of days touches; the last hundred of a longer one.
pub(super) fn years(range: (Day, Day)) -> std::ops::RangeInclusive<i32> {
    let (first, last) = (civil(range.0.min(range.1)).0, civil(range.0.max(range.1)).0);
    first.max(last.saturating_sub(99))..=last
}

/// `2024-08-15`.
#[must_use]
pub fn iso(day: Day) -> String {
    let (year, month, day) = civil(day);
    format!("{year:04}-{month:02}-{day:02}")
}

fn days_in(year: i32, month: u32) -> u32 {
    let next = if month == 12 { day_of(year + 1, 1, 1) } else { day_of(year, month + 1, 1) };
    (next - day_of(year, month, 1)) as u32
}

/// The first and last day of `2024`, `2024-08` or `2024-08-15` (a time of day behind it is ignored).
#[must_use]
pub fn parse_span(text: &str) -> Option<(Day, Day)> {
    let date = text.split(['T', ' ']).next()?;
    let mut parts = date.split('-');
    let year_text = parts.next()?;
    if year_text.len() != 4 || !year_text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let year: i32 = year_text.parse().ok()?;
    let two = |part: &str| {
        (part.len() <= 2 && !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let Some(month) = parts.next() else { return Some((day_of(year, 1, 1), day_of(year, 12, 31))) };
    let month = two(month).filter(|month| (1..=12).contains(month))?;
    let Some(day) = parts.next() else {
        return Some((day_of(year, month, 1), day_of(year, month, days_in(year, month))));
    };
    let day = two(day).filter(|day| (1..=days_in(year, month)).contains(day))?;
    if parts.next().is_some() {
        return None;
    }
    let day = day_of(year, month, day);
    Some((day, day))
}

/// `A/B`, `A..B` or a single date; either end of a range may be missing.
#[must_use]
pub fn parse_range(text: &str) -> Option<(Day, Day)> {
    let (from, to) = match text.split_once("..").or_else(|| text.split_once('/')) {
        Some((from, to)) => (from.trim(), to.trim()),
        None => return parse_span(text),
    };
    let open = |part: &str| part.is_empty() || part == "*";
    if open(from) && open(to) {
        return None;
    }
    let (from, to) = (
        if open(from) { (Day::MIN, Day::MIN) } else { parse_span(from)? },
        if open(to) { (Day::MAX, Day::MAX) } else { parse_span(to)? },
    );
    Some((from.0.min(to.0), from.1.max(to.1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates() {
        assert_eq!(day_of(1970, 1, 1), 0);
        assert_eq!(day_of(2024, 8, 15), 19_950);
        for day in (-800_000..800_000).step_by(37) {
            let (y, m, d) = civil(day);
            assert_eq!(day_of(y, m, d), day);
        }
    }

    #[test]
    fn what_people_write() {
        let span = |text: &str| parse_range(text).map(|(a, b)| format!("{} {}", iso(a), iso(b)));
        assert_eq!(span("2024-02").as_deref(), Some("2024-02-01 2024-02-29"));
        assert_eq!(span("2024").as_deref(), Some("2024-01-01 2024-12-31"));
        assert_eq!(span("2024-08-16/2024-09").as_deref(), Some("2024-08-16 2024-09-30"));
        assert_eq!(span("2024-09..2024-08-16").as_deref(), Some("2024-08-16 2024-09-30"));
        assert_eq!(parse_range("2024-08/").map(|(a, _)| iso(a)).as_deref(), Some("2024-08-01"));
        for bad in
            ["2024-13", "2024-02-30", "24-08", "2024-08-1x", "2024-08-01-02", "/", "..", "", "20240", "٢٠٢٤"]
        {
            assert_eq!(span(bad), None, "{bad}");
        }
    }
}
