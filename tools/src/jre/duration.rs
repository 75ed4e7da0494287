//! Durations as `java.time.Duration.parse` reads them: `P1DT2H3M4.5S`, each part with a sign of its own.

/// Seconds of each letter, in their order; the date's part has days only.
const UNITS: [(char, i64); 4] = [('D', 86_400), ('H', 3_600), ('M', 60), ('S', 1)];

/// Milliseconds of a duration, towards the lower one; `None` for what Java refuses.
pub(crate) fn duration_ms(text: &str) -> Option<i64> {
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let rest = rest.to_ascii_uppercase();
    let rest = rest.strip_prefix('P')?;
    let (date, time) = match rest.split_once('T') {
        // Behind a T something has to come.
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (rest, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let nanos = parts(date, UNITS.get(..1)?)?.checked_add(parts(time, UNITS.get(1..)?)?)?;
    let nanos = if negative { -nanos } else { nanos };
    i64::try_from(nanos.div_euclid(1_000_000)).ok()
}

/// Nanoseconds of numbers with letters, each letter at most once and in order.
fn parts(text: &str, units: &[(char, i64)]) -> Option<i128> {
    let mut units = units.iter();
    let mut nanos = 0i128;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| c.is_ascii_alphabetic())?;
        let letter = rest.get(end..)?.chars().next()?;
        let (_, seconds) = units.find(|(unit, _)| *unit == letter)?;
        nanos =
            nanos.checked_add(number(rest.get(..end)?, letter == 'S')?.checked_mul(i128::from(*seconds))?)?;
        rest = rest.get(end + 1..)?;
    }
    Some(nanos)
}

/// A signed number in billionths; a fraction (of up to nine digits) is for seconds.
fn number(text: &str, may_be_broken: bool) -> Option<i128> {
    let (whole, fraction) = match text.split_once(['.', ',']) {
        Some((whole, fraction)) if may_be_broken => (whole, fraction),
        Some(_) => return None,
        None => (text, ""),
    };
    let digits = whole.strip_prefix(['-', '+']).unwrap_or(whole);
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if digits.is_empty() || !is_number(digits) || !is_number(fraction) || fraction.len() > 9 {
        return None;
    }
    let billionths: i128 = format!("{fraction:0<9}").parse().ok()?;
    let whole_billionths = i128::from(whole.parse::<i64>().ok()?).checked_mul(1_000_000_000)?;
    if whole.starts_with('-') {
        whole_billionths.checked_sub(billionths)
    } else {
        whole_billionths.checked_add(billionths)
    }
}

#[cfg(test)]
mod tests {
    use super::duration_ms;

    #[test]
    fn durations_are_read_as_java_reads_them() {
        let cases = [
            ("P1D", 86_400_000),
            ("PT1H30M", 5_400_000),
            ("P2DT3H4M5.006S", 183_845_006),
            ("PT-6H3M", -21_420_000),
            ("-PT6H3M", -21_780_000),
            ("pt0s", 0),
            ("PT0.0015S", 1),
            ("PT-0.5S", -500),
        ];
        for (text, ms) in cases {
            assert_eq!(duration_ms(text), Some(ms), "{text}");
        }
        for wrong in [
            "", "P", "PT", "1D", "P1H", "PT1D", "P1DT", "PT1M1H", "PT1.5H", "PTS", "P1Y", "PT1S1S",
        ] {
            assert_eq!(duration_ms(wrong), None, "{wrong}");
        }
    }
}
