//! Numbers as Java prints them.

/// `%.<digits>f` of Java's `Formatter`: half up on the shortest decimal that names the double, `NaN` and `Infinity` in
/// words. Rust rounds the exact binary value, which differs where that lies just below a half.
pub(crate) fn fixed(value: f64, digits: usize) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    decimal(&format!("{}", value.abs()), digits, value.is_sign_negative())
}

/// Rounds a plain decimal half up to so many digits behind the point.
fn decimal(plain: &str, digits: usize, negative: bool) -> String {
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let kept: String = fraction
        .chars()
        .chain(std::iter::repeat('0'))
        .take(digits)
        .collect();
    let up = fraction.chars().nth(digits).is_some_and(|c| c >= '5');
    let mut all: Vec<u8> = whole.bytes().chain(kept.bytes()).collect();
    if up {
        let mut carried = true;
        for digit in all.iter_mut().rev() {
            if *digit == b'9' {
                *digit = b'0';
            } else {
                *digit += 1;
                carried = false;
                break;
            }
        }
        if carried {
            all.insert(0, b'1');
        }
    }
    let mut text: String = all.into_iter().map(char::from).collect();
    if digits > 0 {
        text.insert(text.len() - digits, '.');
    }
    if negative { format!("-{text}") } else { text }
}

/// `Double.toString`.
pub(crate) fn double(value: f64) -> String {
    scientific(
        &format!("{value:e}"),
        value.is_nan(),
        value.is_infinite(),
        value < 0.0,
        value == 0.0,
    )
}

/// `Float.toString`.
pub(crate) fn float(value: f32) -> String {
    scientific(
        &format!("{value:e}"),
        value.is_nan(),
        value.is_infinite(),
        value < 0.0,
        value == 0.0,
    )
}

/// Java's form of the shortest digits, given as Rust's `d.ddde±x`: plain from a thousandth to below ten million.
fn scientific(text: &str, is_nan: bool, is_infinite: bool, is_negative: bool, is_zero: bool) -> String {
    if is_nan {
        return "NaN".to_owned();
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    if is_infinite {
        return if is_negative { "-Infinity" } else { "Infinity" }.to_owned();
    }
    if is_zero {
        return format!("{sign}0.0");
    }
    let (mantissa, exponent) = text
        .trim_start_matches('-')
        .split_once('e')
        .unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    let or_zero = |fraction: &str| {
        if fraction.is_empty() {
            "0".to_owned()
        } else {
            fraction.to_owned()
        }
    };
    if (-3..0).contains(&exponent) {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        return format!("{sign}0.{zeros}{digits}");
    }
    if (0..7).contains(&exponent) {
        let point = exponent as usize + 1;
        let padded = format!("{digits:0<point$}");
        let (whole, fraction) = padded.split_at(point);
        return format!("{sign}{whole}.{}", or_zero(fraction));
    }
    let (first, rest) = digits.split_at(1);
    format!("{sign}{first}.{}E{exponent}", or_zero(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_rounded_half_up_as_java_does() {
        let cases = [
            (0.125, 2, "0.13"),
            (1.005, 2, "1.01"),
            (9.999, 2, "10.00"),
            (-0.5, 0, "-1"),
            (3.0, 1, "3.0"),
        ];
        for (value, digits, text) in cases {
            assert_eq!(fixed(value, digits), text);
        }
        assert_eq!(fixed(f64::NAN, 2), "NaN");
        assert_eq!(fixed(f64::INFINITY, 2), "Infinity");
    }

    #[test]
    fn doubles_are_printed_as_java_does() {
        let cases = [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (0.001, "0.001"),
            (0.0001, "1.0E-4"),
            (1234567.0, "1234567.0"),
            (12345678.0, "1.2345678E7"),
            (3.5, "3.5"),
            (1e100, "1.0E100"),
            (-123.456, "-123.456"),
        ];
        for (value, text) in cases {
            assert_eq!(double(value), text);
        }
        assert_eq!(float(0.1), "0.1");
        assert_eq!(double(f64::NEG_INFINITY), "-Infinity");
    }
}
