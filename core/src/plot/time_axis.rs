//! Ticks of time axes: round times of the UTC clock and calendar, with the date said once.

use super::scale::Tick;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Year, month (1 to 12) and day of a count of days since 1970-01-01 (proleptic Gregorian calendar).
///
/// Howard Hinnant's algorithm, <https://howardhinnant.github.io/date_algorithms.html>.
pub(crate) fn civil(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_index + 2) / 5 + 1) as u32;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 } as u32;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Days since 1970-01-01 of a date.
pub(crate) fn days_of(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month = i64::from(month);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Seconds as whole days and the rest, within what the calendar can show; `None` far outside.
fn split(seconds: f64) -> Option<(i64, f64)> {
    // About a million years; beyond it nobody wants a calendar.
    (seconds.abs() < 3.2e13).then(|| {
        let days = (seconds / 86_400.0).floor();
        (days as i64, seconds - days * 86_400.0)
    })
}

/// `4 February 2026`.
#[must_use]
pub fn date(seconds: f64) -> String {
    let Some((days, _)) = split(seconds) else { return "far away".to_owned() };
    let (year, month, day) = civil(days);
    format!("{day} {} {year}", MONTHS[month as usize - 1])
}

/// `4 February 2026, 11:42:07 UTC`, without seconds where they are 0.
#[must_use]
pub fn date_time(seconds: f64) -> String {
    let Some((_, rest)) = split(seconds.round()) else { return "far away".to_owned() };
    let clock = clock(rest, rest % 60.0 != 0.0);
    format!("{}, {clock} UTC", date(seconds.round()))
}

/// A span in as few words as say it: `4 February 2026, 11:42 to 14:11 UTC`, `17 January to 13 March 2026`.
#[must_use]
pub fn span(from: f64, to: f64) -> String {
    let (Some((day_a, rest_a)), Some((day_b, rest_b))) = (split(from), split(to)) else {
        return "an unusable time".to_owned();
    };
    if day_a == day_b {
        return format!("{}, {} to {} UTC", date(from), clock(rest_a, false), clock(rest_b, false));
    }
    if to - from < 2.0 * 86_400.0 {
        return format!(
            "{}, {} to {}, {} UTC",
            date(from),
            clock(rest_a, false),
            date(to),
            clock(rest_b, false)
        );
    }
    let (a, b) = (civil(day_a), civil(day_b));
    if a.0 == b.0 && a.1 == b.1 {
        format!("{} to {}", a.2, date(to))
    } else if a.0 == b.0 {
        format!("{} {} to {}", a.2, MONTHS[a.1 as usize - 1], date(to))
    } else {
        format!("{} to {}", date(from), date(to))
    }
}

fn clock(rest: f64, with_seconds: bool) -> String {
    let whole = rest.floor() as i64;
    let (hour, minute, second) = (whole / 3600, whole / 60 % 60, whole % 60);
    if with_seconds { format!("{hour:02}:{minute:02}:{second:02}") } else { format!("{hour:02}:{minute:02}") }
}

/// What the axis of these ends is called: the date where it is one day.
#[must_use]
pub fn axis_name(low: f64, high: f64) -> String {
    let (Some((day_a, _)), Some((day_b, _))) = (split(low), split(high)) else {
        return "time, UTC".to_owned();
    };
    let (a, b) = (civil(day_a), civil(day_b));
    if day_a == day_b {
        format!("time in UTC on {}", date(low))
    } else if high - low <= 3.0 * 86_400.0 {
        format!("time in UTC from {}", date(low))
    } else if a.0 == b.0 {
        format!("date in {}, UTC", a.0)
    } else {
        "date, UTC".to_owned()
    }
}

/// Ticks between two times in seconds since 1970, about `wanted` of them.
#[must_use]
pub fn ticks(low: f64, high: f64, wanted: usize) -> Vec<Tick> {
    const CLOCK: [f64; 22] = [
        0.001, 0.01, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0,
        3600.0, 7200.0, 10_800.0, 14_400.0, 21_600.0, 43_200.0,
    ];
    let (Some((first_day, _)), Some((last_day, _))) = (split(low), split(high)) else { return Vec::new() };
    let raw = (high - low) / wanted.max(1) as f64;
    if let Some(step) = CLOCK.into_iter().find(|step| *step >= raw * 0.95) {
        let first = (low / step - 1e-9).ceil();
        let count = ((high / step + 1e-9).floor() - first + 1.0).clamp(0.0, 200.0) as usize;
        return (0..count)
            .map(|index| {
                let value = (first + index as f64) * step;
                let (_, rest) = split((value * 1000.0).round() / 1000.0).unwrap_or_default();
                let label = if step < 1.0 {
                    format!("{}{:.3}", clock(rest, true), rest.fract()).replacen("0.", ".", 1)
                } else if rest < 0.5 && high - low > 86_400.0 {
                    let (_, month, day) = civil((value / 86_400.0).round() as i64);
                    format!("{day} {}", short(month))
                } else {
                    clock(rest + 1e-6, step < 60.0)
                };
                Tick { value, label }
            })
            .collect();
    }
    let days = raw / 86_400.0;
    let mut out = Vec::new();
    if days <= 16.0 {
        // Days of the month; where weeks and more lie between, the same days of every month.
        let of_month: Option<&[u32]> = if days <= 1.05 {
            None
        } else if days <= 2.1 {
            Some(&[1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29])
        } else if days <= 5.2 {
            Some(&[1, 6, 11, 16, 21, 26])
        } else if days <= 10.5 {
            Some(&[1, 11, 21])
        } else {
            Some(&[1, 15])
        };
        for number in (first_day..=last_day + 1).take(400) {
            let (_, month, day) = civil(number);
            let value = number as f64 * 86_400.0;
            if value >= low - 1e-6 && value <= high + 1e-6 && of_month.is_none_or(|list| list.contains(&day))
            {
                out.push(Tick { value, label: format!("{day} {}", short(month)) });
            }
        }
        return out;
    }
    let months = days / 30.44;
    let step = [1u32, 2, 3, 4, 6].into_iter().find(|step| f64::from(*step) >= months * 0.95);
    let (first_year, last_year) = (civil(first_day).0, civil(last_day).0);
    if let Some(step) = step {
        for year in (first_year..=last_year).take(60) {
            for month in (1..=12).step_by(step as usize) {
                let value = days_of(year, month, 1) as f64 * 86_400.0;
                if value >= low && value <= high {
                    let label = if month == 1 { year.to_string() } else { short(month).to_owned() };
                    out.push(Tick { value, label });
                }
            }
        }
        return out;
    }
    let step = super::scale::nice_step(days / 365.25, 1).ceil().max(1.0) as i64;
    let mut year = first_year.div_euclid(step) * step;
    while year <= last_year && out.len() < 200 {
        let value = days_of(year, 1, 1) as f64 * 86_400.0;
        if value >= low && value <= high {
            out.push(Tick { value, label: year.to_string() });
        }
        year += step;
    }
    out
}

fn short(month: u32) -> &'static str {
    let name = MONTHS[month as usize - 1];
    // June, July and March are short enough to be written out.
    if name.len() <= 4 { name } else { &name[..3] }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn at(year: i64, month: u32, day: u32, hour: u32) -> f64 {
        days_of(year, month, day) as f64 * 86_400.0 + f64::from(hour) * 3600.0
    }

    fn check(low: f64, high: f64, expected: Expect) {
        let labels: Vec<String> = ticks(low, high, 7).into_iter().map(|tick| tick.label).collect();
        expected.assert_eq(&format!("{} [{}]", labels.join(" | "), axis_name(low, high)));
    }

    #[test]
    fn calendar_there_and_back() {
        for days in (-1_000_000..1_000_000).step_by(997) {
            let (year, month, day) = civil(days);
            assert_eq!(days_of(year, month, day), days);
        }
        assert_eq!(civil(20_488), (2026, 2, 4));
    }

    #[test]
    fn ticks_of_the_clock_and_the_calendar() {
        check(
            at(2026, 2, 4, 11),
            at(2026, 2, 4, 15),
            expect!["11:00 | 12:00 | 13:00 | 14:00 | 15:00 [time in UTC on 4 February 2026]"],
        );
        check(
            at(2026, 2, 4, 0),
            at(2026, 2, 4, 23),
            expect!["00:00 | 04:00 | 08:00 | 12:00 | 16:00 | 20:00 [time in UTC on 4 February 2026]"],
        );
        check(
            at(2026, 2, 4, 20),
            at(2026, 2, 6, 3),
            expect!["5 Feb | 06:00 | 12:00 | 18:00 | 6 Feb [time in UTC from 4 February 2026]"],
        );
        check(
            at(2026, 1, 17, 0),
            at(2026, 3, 13, 0),
            expect!["21 Jan | 1 Feb | 11 Feb | 21 Feb | 1 Mar | 11 Mar [date in 2026, UTC]"],
        );
        check(
            at(2025, 10, 11, 6),
            at(2025, 10, 21, 6),
            expect!["13 Oct | 15 Oct | 17 Oct | 19 Oct | 21 Oct [date in 2025, UTC]"],
        );
        check(
            at(2024, 5, 1, 0),
            at(2026, 3, 13, 0),
            expect!["May | Sep | 2025 | May | Sep | 2026 [date, UTC]"],
        );
        check(at(1950, 1, 1, 0), at(2026, 3, 13, 0), expect!["1960 | 1980 | 2000 | 2020 [date, UTC]"]);
        check(
            at(2026, 2, 4, 0),
            at(2026, 2, 4, 0) + 20.0,
            expect!["00:00:00 | 00:00:05 | 00:00:10 | 00:00:15 | 00:00:20 [time in UTC on 4 February 2026]"],
        );
        check(
            at(2026, 2, 4, 0),
            at(2026, 2, 4, 0) + 0.5,
            expect![
                "00:00:00.000 | 00:00:00.100 | 00:00:00.200 | 00:00:00.300 | 00:00:00.400 | 00:00:00.500 [time in UTC on 4 February 2026]"
            ],
        );
    }

    #[test]
    fn a_year_20240_and_worse() {
        assert!(!ticks(at(20_240, 1, 1, 0), at(20_240, 2, 1, 0), 5).is_empty());
        assert!(ticks(-1e300, 1e300, 5).is_empty());
        assert_eq!(date(f64::NAN), "far away");
    }
}
