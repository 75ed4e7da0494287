//! Numbers, times and bytes as text.

use std::fmt::Write as _;

/// Bytes of a key or value that are shown.
const SHOWN_BYTES_MAX: usize = 512;
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// `2026-11-21T14:45:00.000Z`, or `-` for a time before 1970 (Kafka's "none" is -1) or behind the year 9999.
pub fn time(ms: i64) -> String {
    let (day, rest) = (ms.div_euclid(DAY_MS), ms.rem_euclid(DAY_MS));
    if ms < 0 || day > 2_932_896 {
        return if ms == -1 { "-".to_owned() } else { ms.to_string() };
    }
    let (year, month, day) = civil(day);
    let (hours, minutes) = (rest / 3_600_000, rest / 60_000 % 60);
    let (seconds, millis) = (rest / 1000 % 60, rest % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{millis:03}Z")
}

/// Year, month and day of a day since 1970 (the usual reckoning in eras of 400 years that begin in March).
fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let (era, of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let first_of_month = (153 * march + 2) / 5;
    (
        year + era * 400 + i64::from(month <= 2),
        month,
        of_year - first_of_month + 1,
    )
}

/// `12.3 KiB`.
pub fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value < 1024.0 {
            return if unit == "B" {
                format!("{bytes} B")
            } else {
                format!("{value:.1} {unit}")
            };
        }
        value /= 1024.0;
    }
    format!("{value:.1} TiB")
}

/// `12,345`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes as a quoted text if they are one, else in hexadecimal; `null` for none.
pub fn bytes(bytes: Option<&[u8]>) -> String {
    let Some(bytes) = bytes else {
        return "null".to_owned();
    };
    let text = std::str::from_utf8(bytes).ok();
    let printable = text.filter(|text| !text.chars().any(|c| c.is_control() && !c.is_whitespace()));
    let shown = match printable {
        Some(text) => {
            let end = text
                .char_indices()
                .map(|(at, c)| at + c.len_utf8())
                .take_while(|end| *end <= SHOWN_BYTES_MAX);
            let end = end.last().unwrap_or(0);
            format!("{:?}", text.get(..end).unwrap_or_default())
        }
        None => {
            let mut hex = "0x".to_owned();
            for byte in bytes.iter().take(SHOWN_BYTES_MAX / 2) {
                let _ = write!(hex, "{byte:02x}");
            }
            hex
        }
    };
    let most = if printable.is_some() {
        SHOWN_BYTES_MAX
    } else {
        SHOWN_BYTES_MAX / 2
    };
    match bytes.len() > most {
        true => format!("{shown}… ({} bytes)", bytes.len()),
        false => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_leap_years_and_without_meaning() {
        assert_eq!(time(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(time(951_782_400_000), "2000-02-29T00:00:00.000Z");
        assert_eq!(time(1_795_272_321_123), "2026-11-21T14:45:21.123Z");
        assert_eq!(time(-1), "-");
        assert_eq!(time(i64::MAX), i64::MAX.to_string());
    }

    #[test]
    fn bytes_and_numbers() {
        assert_eq!(bytes(None), "null");
        assert_eq!(bytes(Some("é\"".as_bytes())), "\"é\\\"\"");
        assert_eq!(bytes(Some(&[0, 255])), "0x00ff");
        assert!(bytes(Some(&[b'a'; 600])).ends_with("… (600 bytes)"));
        assert_eq!(
            (count(0), count(1234567)),
            ("0".to_owned(), "1,234,567".to_owned())
        );
        assert_eq!((size(5), size(1536)), ("5 B".to_owned(), "1.5 KiB".to_owned()));
    }
}
