//! Time: `seconds since 2024-08-11 14:17:01` and its relatives, exact to the nanosecond.
//!
//! ```
//! use pinfold_core::cf::time::TimeUnits;
//! let units = TimeUnits::parse("minutes since 2024-08-11T14:00:00+02:00", None).unwrap();
//! assert_eq!(units.iso(17.5).unwrap(), "2024-08-11T12:17:30Z");
//! ```

use std::fmt::Write as _;

const DAY_NS: i128 = 86_400_000_000_000;
/// Days from the first of March of the year 0 to 1970-01-01, both of the Julian calendar.
const JULIAN_DAYS: i64 = 719_483;

/// A CF calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Calendar {
    /// `standard`, `gregorian`, `proleptic_gregorian`; dates before 1582 are proleptic in all of them.
    #[default]
    Standard,
    /// `noleap`, `365_day`.
    NoLeap,
    /// `all_leap`, `366_day`.
    AllLeap,
    /// `360_day`.
    Days360,
    /// `julian`: a leap year every four years.
    Julian,
}

impl Calendar {
    /// The calendar of that CF name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "standard" | "gregorian" | "proleptic_gregorian" | "" => Some(Self::Standard),
            "noleap" | "365_day" => Some(Self::NoLeap),
            "all_leap" | "366_day" => Some(Self::AllLeap),
            "360_day" => Some(Self::Days360),
            "julian" => Some(Self::Julian),
            _ => None,
        }
    }

    /// Days from 1970-01-01 to that date of this calendar; `None` when there is no such date.
    #[must_use]
    pub fn days(self, year: i64, month: u32, day: u32) -> Option<i64> {
        if !(1..=12).contains(&month) || day < 1 || year.abs() > 1_000_000 {
            return None;
        }
        let (month, day) = (i64::from(month), i64::from(day));
        match self {
            Self::Standard => {
                if day > i64::from(gregorian_month_days(year, month as u32)) {
                    return None;
                }
                // Days from civil, by eras of 400 years that begin in March.
                let shifted = if month <= 2 { year - 1 } else { year };
                let era = shifted.div_euclid(400);
                let year_of_era = shifted.rem_euclid(400);
                let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
                let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
                Some(era * 146_097 + day_of_era - 719_468)
            }
            Self::Julian => {
                let leap = month == 2 && year.rem_euclid(4) == 0;
                if day > i64::from(gregorian_month_days(1970, month as u32)) + i64::from(leap) {
                    return None;
                }
                let shifted = if month <= 2 { year - 1 } else { year };
                let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
                Some(shifted * 365 + shifted.div_euclid(4) + day_of_year - JULIAN_DAYS)
            }
            Self::Days360 => (day <= 30).then(|| (year - 1970) * 360 + (month - 1) * 30 + day - 1),
            Self::NoLeap | Self::AllLeap => {
                let lengths = self.months();
                let at = month as usize - 1;
                if day > lengths[at] {
                    return None;
                }
                let year_days: i64 = lengths.iter().sum();
                Some((year - 1970) * year_days + lengths[..at].iter().sum::<i64>() + day - 1)
            }
        }
    }

    fn months(self) -> [i64; 12] {
        let february = if self == Self::AllLeap { 29 } else { 28 };
        [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    }

    /// Year, month and day of so many days after 1970-01-01 of this calendar.
    #[must_use]
    pub fn date(self, days: i64) -> (i64, u32, u32) {
        match self {
            Self::Standard => {
                let shifted = days + 719_468;
                let era = shifted.div_euclid(146_097);
                let day_of_era = shifted.rem_euclid(146_097);
                let year_of_era =
                    (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
                let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
                of_march(year_of_era + era * 400, day_of_year)
            }
            Self::Julian => {
                let shifted = days + JULIAN_DAYS;
                let (era, day_of_era) = (shifted.div_euclid(1461), shifted.rem_euclid(1461));
                let year_of_era = (day_of_era - day_of_era / 1460) / 365;
                of_march(era * 4 + year_of_era, day_of_era - 365 * year_of_era)
            }
            Self::Days360 => {
                let year = days.div_euclid(360);
                let rest = days.rem_euclid(360);
                (year + 1970, (rest / 30 + 1) as u32, (rest % 30 + 1) as u32)
            }
            Self::NoLeap | Self::AllLeap => {
                let lengths = self.months();
                let year_days: i64 = lengths.iter().sum();
                let year = days.div_euclid(year_days);
                let mut rest = days.rem_euclid(year_days);
                let mut month = 0;
                while rest >= lengths[month] {
                    rest -= lengths[month];
                    month += 1;
                }
                (year + 1970, month as u32 + 1, rest as u32 + 1)
            }
        }
    }
}

/// Year, month and day of a day counted from the first of March.
fn of_march(year: i64, day_of_year: i64) -> (i64, u32, u32) {
    let month_of_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_of_march + 2) / 5 + 1) as u32;
    let month = if month_of_march < 10 { month_of_march + 3 } else { month_of_march - 9 } as u32;
    (year + i64::from(month <= 2), month, day)
}

fn gregorian_month_days(year: i64, month: u32) -> u32 {
    let leap = year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0);
    match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// What a number on a time axis means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeUnits {
    /// Nanoseconds of one step.
    pub step_ns: i128,
    /// Nanoseconds from 1970-01-01 (of the calendar) to step 0.
    pub epoch_ns: i128,
    /// The calendar.
    pub calendar: Calendar,
}

impl TimeUnits {
    /// Steps of nanoseconds since 1970.
    pub const NANOSECONDS: Self = Self { step_ns: 1, epoch_ns: 0, calendar: Calendar::Standard };

    /// Reads `<unit> since <date>`; `None` when `units` is no time, or the calendar is unknown.
    #[must_use]
    pub fn parse(units: &str, calendar: Option<&str>) -> Option<Self> {
        let calendar = Calendar::parse(calendar.unwrap_or_default())?;
        let mut words = units.trim().splitn(3, char::is_whitespace);
        let (unit, since, date) = (words.next()?, words.next()?, words.next()?);
        if !since.eq_ignore_ascii_case("since") && !since.eq_ignore_ascii_case("after") {
            return None;
        }
        Some(Self { step_ns: step_ns(unit)?, epoch_ns: parse_instant(date, calendar)?, calendar })
    }

    /// Nanoseconds since 1970; `None` for NaN, infinities and what is further than 10⁹ years away.
    #[must_use]
    pub fn to_ns(&self, value: f64) -> Option<i128> {
        if !value.is_finite() {
            return None;
        }
        // The whole steps exactly, then the fraction: a double has 53 bits, a nanosecond count needs 61.
        let whole = value.trunc();
        if whole.abs() > 9.2e18 {
            return None;
        }
        let fraction_ns = ((value - whole) * self.step_ns as f64).round() as i128;
        (whole as i128).checked_mul(self.step_ns)?.checked_add(fraction_ns)?.checked_add(self.epoch_ns)
    }

    /// As [`TimeUnits::to_ns`], exact for integers.
    #[must_use]
    pub fn to_ns_exact(&self, steps: i64) -> i128 {
        i128::from(steps) * self.step_ns + self.epoch_ns
    }

    /// ISO 8601 in UTC, with as many digits of the second as there are.
    #[must_use]
    pub fn iso(&self, value: f64) -> Option<String> {
        Some(iso_of_ns(self.to_ns(value)?, self.calendar))
    }
}

/// Nanoseconds of a unit of time.
fn step_ns(unit: &str) -> Option<i128> {
    let seconds = 1_000_000_000i128;
    let unit = if unit.len() > 2 { unit.to_ascii_lowercase() } else { unit.to_owned() };
    Some(match unit.as_str() {
        "ns" | "nsec" | "nsecs" | "nanosecond" | "nanoseconds" | "nanosec" => 1,
        "us" | "µs" | "μs" | "usec" | "microsecond" | "microseconds" | "microsec" => 1_000,
        "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" | "millisec" => 1_000_000,
        "s" | "sec" | "secs" | "second" | "seconds" | "S" => seconds,
        "min" | "mins" | "minute" | "minutes" => 60 * seconds,
        "h" | "H" | "hr" | "hrs" | "hour" | "hours" => 3600 * seconds,
        "d" | "D" | "day" | "days" => DAY_NS,
        "week" | "weeks" => 7 * DAY_NS,
        _ => return None,
    })
}

/// A date with or without time: `2024-08-11`, `2024-8-1 4:05:06.789 +02:00`, `20240811T141701Z`.
///
/// Nanoseconds since 1970 of `calendar`. What has no zone is UTC.
#[must_use]
pub fn parse_instant(text: &str, calendar: Calendar) -> Option<i128> {
    let text = text.trim();
    if text.len() > 64 || !text.is_ascii() {
        return None;
    }
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let date_end = rest.find(['T', 't', ' ']).unwrap_or(rest.len());
    let (date, time) = (&rest[..date_end], rest[date_end..].trim_start_matches(['T', 't', ' ']));
    // A zone directly behind a date: 2024-08-11Z.
    let (date, time) = match date.strip_suffix(['Z', 'z']) {
        Some(date) => (date, time),
        None => (date, time),
    };
    let (year, month, day) = if date.contains('-') || date.contains('/') {
        let mut parts = date.split(['-', '/']);
        let year: i64 = number(parts.next()?)?;
        let month = parts.next().map_or(Some(1), number)?;
        let day = parts.next().map_or(Some(1), number)?;
        if parts.next().is_some() {
            return None;
        }
        (year, month as u32, day as u32)
    } else if date.len() == 8 {
        (number(&date[..4])?, number(&date[4..6])? as u32, number(&date[6..])? as u32)
    } else {
        (number(date)?, 1, 1)
    };
    let year = if negative { -year } else { year };
    let days = calendar.days(year, month, day)?;
    Some(i128::from(days) * DAY_NS + time_of_day_ns(time)?)
}

fn number(text: &str) -> Option<i64> {
    (!text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

/// `14:17:01.5 +02:00`, `141701Z`, or nothing.
fn time_of_day_ns(text: &str) -> Option<i128> {
    let text = text.trim();
    let upper = text.to_ascii_uppercase();
    let mut clock = upper.as_str();
    for zone in ["UTC", "GMT", "Z"] {
        clock = clock.strip_suffix(zone).unwrap_or(clock).trim_end();
    }
    let mut offset_ns = 0;
    if let Some(at) = clock.rfind(['+', '-']) {
        let sign = if clock.as_bytes()[at] == b'-' { -1 } else { 1 };
        let zone = clock[at + 1..].trim();
        let (hours, minutes) = match zone.split_once(':') {
            Some((hours, minutes)) => (number(hours)?, number(minutes)?),
            None if zone.len() == 4 => (number(&zone[..2])?, number(&zone[2..])?),
            None => (number(zone)?, 0),
        };
        if hours > 18 || minutes > 59 {
            return None;
        }
        offset_ns = i128::from(sign * (hours * 60 + minutes)) * 60_000_000_000;
        clock = clock[..at].trim_end();
    }
    if clock.is_empty() {
        return Some(-offset_ns);
    }
    let (hours, minutes, seconds) = if clock.contains(':') {
        let mut parts = clock.split(':');
        (parts.next()?, parts.next().unwrap_or("0"), parts.next().unwrap_or("0"))
    } else if clock.len() >= 6 {
        (&clock[..2], &clock[2..4], &clock[4..])
    } else if clock.len() == 4 {
        (&clock[..2], &clock[2..], "0")
    } else {
        (clock, "0", "0")
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let seconds = number(whole)?;
    if hours > 24 || minutes > 59 || seconds > 60 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let fraction_ns: i128 = digits.parse().ok()?;
    Some(i128::from((hours * 60 + minutes) * 60 + seconds) * 1_000_000_000 + fraction_ns - offset_ns)
}

/// ISO 8601 in UTC; the second has as many digits as it needs. Years beyond four digits get a sign.
#[must_use]
pub fn iso_of_ns(ns: i128, calendar: Calendar) -> String {
    let days = ns.div_euclid(DAY_NS);
    let rest = ns.rem_euclid(DAY_NS);
    // 10⁹ years are 10¹⁴ days: far inside i64.
    let (year, month, day) = calendar.date(i64::try_from(days).unwrap_or(i64::MAX / 1_000_000));
    let seconds = rest / 1_000_000_000;
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = match year {
        0..=9999 => write!(out, "{year:04}"),
        10_000.. => write!(out, "+{year}"),
        _ => write!(out, "-{:04}", -year),
    };
    let _ = write!(
        out,
        "-{month:02}-{day:02}T{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    let fraction = rest % 1_000_000_000;
    if fraction > 0 {
        let digits = format!("{fraction:09}");
        let _ = write!(out, ".{}", digits.trim_end_matches('0'));
    }
    out.push('Z');
    out
}

/// A date that somebody wrote, as ISO 8601; `None` when it is none that can be read.
#[must_use]
pub fn normalise(text: &str) -> Option<String> {
    let iso = iso_of_ns(parse_instant(text, Calendar::Standard)?, Calendar::Standard);
    // What was written as a day stays a day.
    let has_time = text.trim().trim_start_matches(['-', '+']).contains(['T', 't', ' ', ':']);
    Some(if has_time { iso } else { iso[..iso.len() - "T00:00:00Z".len()].to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(units: &str, calendar: &str, value: f64, expected: &str) {
        let units = TimeUnits::parse(units, Some(calendar)).unwrap_or_else(|| panic!("{units} is a time"));
        assert_eq!(units.iso(value).as_deref(), Some(expected), "{value} {units:?}");
    }

    #[test]
    fn spellings_of_real_data() {
        check("seconds since 2024-08-11 14:17:01", "standard", 0.5, "2024-08-11T14:17:01.5Z");
        check("nanoseconds since 2024-07-17 11:02:19.109362", "", 1.0, "2024-07-17T11:02:19.109362001Z");
        check("days since 1970-01-01", "proleptic_gregorian", 19_946.0, "2024-08-11T00:00:00Z");
        check("hours since 1900-01-01T00:00:00Z", "gregorian", 1.0, "1900-01-01T01:00:00Z");
        check("minutes since 2024-8-1 4:05:06 +02:00", "", 0.0, "2024-08-01T02:05:06Z");
        check("s since 2024-08-11T14:17:01-0330", "", 0.0, "2024-08-11T17:47:01Z");
        check("ms since 2000-01-01 UTC", "", 1.0, "2000-01-01T00:00:00.001Z");
        check("microseconds since 2000-1-1 0:0:0.0", "", 1.0, "2000-01-01T00:00:00.000001Z");
        check("days since 1-1-1", "", 0.0, "0001-01-01T00:00:00Z");
        check("days since -4712-01-01 12:00", "", 0.5, "-4712-01-02T00:00:00Z");
        check("days since 2024-02-28", "", 1.0, "2024-02-29T00:00:00Z");
        check("days since 20240-12-31", "", 1.0, "+20241-01-01T00:00:00Z");
    }

    #[test]
    fn calendars() {
        check("days since 2024-02-28", "noleap", 1.0, "2024-03-01T00:00:00Z");
        check("days since 2023-02-28", "all_leap", 1.0, "2023-02-29T00:00:00Z");
        check("days since 2023-02-30", "360_day", 1.0, "2023-03-01T00:00:00Z");
        check("days since 1969-12-30", "360_day", 1.0, "1970-01-01T00:00:00Z");
        check("days since 1900-02-28", "julian", 1.0, "1900-02-29T00:00:00Z");
        check("days since 1969-12-31", "julian", 1.0, "1970-01-01T00:00:00Z");
        check("days since 1970-01-01", "365_day", -1.0, "1969-12-31T00:00:00Z");
    }

    #[test]
    fn what_is_no_time() {
        for units in [
            "",
            "K",
            "seconds",
            "days since",
            "days since yesterday",
            "parsecs since 2000-01-01",
            "days since 2024-13-01",
            "days since 2023-02-29",
            "days since 2024-01-01 25:00",
            "s since 2024-01-01T00:00:00+99:00",
        ] {
            assert_eq!(TimeUnits::parse(units, None), None, "{units}");
        }
        assert_eq!(TimeUnits::parse("days since 2000-01-01", Some("martian")), None);
        let units = TimeUnits::parse("days since 2000-01-01", None).unwrap();
        assert_eq!(units.iso(f64::NAN), None);
        assert_eq!(units.iso(f64::INFINITY), None);
        assert_eq!(units.iso(1e300), None);
    }

    #[test]
    fn dates_there_and_back() {
        for calendar in
            [Calendar::Standard, Calendar::NoLeap, Calendar::AllLeap, Calendar::Days360, Calendar::Julian]
        {
            for days in (-800_000..800_000).step_by(271) {
                let (year, month, day) = calendar.date(days);
                assert_eq!(calendar.days(year, month, day), Some(days), "{calendar:?} {year}-{month}-{day}");
            }
        }
    }

    #[test]
    fn dates_as_written() {
        assert_eq!(normalise("2024-08-11").as_deref(), Some("2024-08-11"));
        assert_eq!(normalise("2024-8-1T4:05Z").as_deref(), Some("2024-08-01T04:05:00Z"));
        assert_eq!(normalise("20240811").as_deref(), Some("2024-08-11"));
        assert_eq!(normalise("11 August 2024"), None);
    }
}
