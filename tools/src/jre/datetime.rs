//! Points in time as Kafka's tools read them. Without an offset a time means the machine's own zone in Java;
//! here it is UTC, as in every container that sets no zone.

/// Days from 1970-01-01 to a date of the Gregorian calendar.
pub(super) fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a day since 1970-01-01.
pub(super) fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// `YYYY-MM-DDThh:mm:ss.sss` with or without an offset (`Z`, `+hh`, `+hh:mm`), to milliseconds since 1970
/// (`Utils.getDateTime`); what follows the offset is not looked at. The error is Java's sentence.
pub(crate) fn date_time_ms(text: &str) -> Result<i64, String> {
    let Some((_, time)) = text.split_once('T') else {
        let reason = "It does not contain a 'T' according to ISO8601 format";
        return Err(format!("Error parsing timestamp. {reason}"));
    };
    let zoned = if time.contains(['+', '-', 'Z']) {
        text.to_owned()
    } else {
        format!("{text}Z")
    };
    parse(&zoned).ok_or_else(|| format!("Unparseable date: \"{zoned}\""))
}

fn parse(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once('T')?;
    let (time, zone) = rest.split_at_checked(rest.find(['+', '-', 'Z'])?)?;
    let mut date = date.splitn(3, '-').map(digits);
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (clock, millis) = time.split_once('.')?;
    let mut clock = clock.splitn(3, ':').map(digits);
    let (hours, minutes, seconds) = (clock.next()??, clock.next()??, clock.next()??);
    let millis = digits(millis)?;
    let days = days_of(year, month, day);
    let fits = hours < 24 && minutes < 60 && seconds < 60 && millis < 1_000;
    if date_of(days) != (year, month, day) || !fits {
        return None;
    }
    let seconds = days * 86_400 + hours * 3_600 + minutes * 60 + seconds - offset_s(zone)?;
    Some(seconds * 1_000 + millis)
}

/// A number of at most nine digits.
fn digits(text: &str) -> Option<i64> {
    let fits = (1..=9).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| fits)
}

fn offset_s(zone: &str) -> Option<i64> {
    if zone.starts_with('Z') {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let hours = digits(zone.get(1..3)?)?;
    let minutes = if zone.contains(':') {
        digits(zone.get(3..)?.strip_prefix(':')?.get(..2)?)?
    } else {
        0
    };
    Some(sign * (hours * 3_600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_and_without_offsets() {
        // As Kafka 4.3.1 reads them.
        let cases = [
            ("1970-01-01T00:00:00.000", 0),
            ("2024-02-29T12:34:56.789", 1_709_210_096_789),
            ("2024-02-29T12:34:56.789Z", 1_709_210_096_789),
            ("2024-02-29T12:34:56.789+01:00", 1_709_206_496_789),
            ("2024-02-29T12:34:56.789-0130", 1_709_213_696_789),
            ("2024-01-31T12:34:56.5", 1_706_704_496_005),
            ("2024-1-3T1:4:6.500", 1_704_243_846_500),
            ("2024-01-31T12:34:56.500+01:30x", 1_706_699_096_500),
            ("1969-12-31T23:59:59.999", -1),
        ];
        for (text, ms) in cases {
            assert_eq!(date_time_ms(text), Ok(ms), "{text}");
        }
        assert!(date_time_ms("2024-02-29").is_err_and(|e| e.contains("'T'")));
        for wrong in [
            "x",
            "2024-02-29T12:34:56",
            "2024-13-30T12:34:56.5",
            "2024-01-32T12:34:56.500",
            "2024-01-31T25:34:56.500",
        ] {
            assert!(date_time_ms(wrong).is_err(), "{wrong}");
        }
        let error = date_time_ms("xT00:00:00.000").expect_err("refused");
        assert_eq!(error, "Unparseable date: \"xT00:00:00.000Z\"");
    }

    #[test]
    fn days_are_counted_both_ways() {
        for day in [-719_468, -1, 0, 59, 60, 19_782, 400_000] {
            let (y, m, d) = date_of(day);
            assert_eq!(days_of(y, m, d), day);
        }
    }
}
