//! Times by a pattern of Java's `SimpleDateFormat`, as it writes them in English and in UTC.

use super::datetime::{date_of, days_of};

/// The letters that mean something.
const LETTERS: &str = "GyYMLwWDdFEuaHkKhmsSzZX";
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
const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

enum Part {
    Text(char),
    /// A letter, and how often it stands there.
    Field(char, usize),
}

/// A pattern.
pub(crate) struct DatePattern(Vec<Part>);

impl DatePattern {
    /// Reads a pattern. The error is Java's sentence.
    pub(crate) fn parse(text: &str) -> Result<DatePattern, String> {
        let mut parts = Vec::new();
        let mut is_quoted = false;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c == '\'' {
                // Two quotes are one, quoted or not.
                match chars.next_if_eq(&c) {
                    Some(quote) => parts.push(Part::Text(quote)),
                    None => is_quoted = !is_quoted,
                }
            } else if is_quoted || !c.is_ascii_alphabetic() {
                parts.push(Part::Text(c));
            } else if LETTERS.contains(c) {
                let mut width = 1;
                while chars.next_if_eq(&c).is_some() {
                    width += 1;
                }
                if c == 'X' && width > 3 {
                    return Err(format!("invalid ISO 8601 format: length={width}"));
                }
                parts.push(Part::Field(c, width));
            } else {
                return Err(format!("Illegal pattern character '{c}'"));
            }
        }
        match is_quoted {
            true => Err("Unterminated quote".to_owned()),
            false => Ok(DatePattern(parts)),
        }
    }

    /// A time in milliseconds since 1970.
    pub(crate) fn format(&self, ms: i64) -> String {
        let moment = Moment::of(ms);
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(c) => out.push(*c),
                Part::Field(letter, width) => out.push_str(&moment.field(*letter, *width)),
            }
        }
        out
    }
}

/// A time in its parts.
struct Moment {
    year: i64,
    month: i64,
    day: i64,
    of_year: i64,
    /// 0 for Sunday.
    weekday: i64,
    /// Milliseconds of the day.
    of_day: i64,
}

impl Moment {
    fn of(ms: i64) -> Moment {
        let (days, of_day) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
        let (year, month, day) = date_of(days);
        Moment {
            year,
            month,
            day,
            of_year: days - days_of(year, 1, 1) + 1,
            // 1970 began on a Thursday.
            weekday: (days + 4).rem_euclid(7),
            of_day,
        }
    }

    fn field(&self, letter: char, width: usize) -> String {
        let name = |names: &[&'static str], at: i64| {
            let name = usize::try_from(at).ok().and_then(|at| names.get(at));
            let name = name.copied().unwrap_or_default();
            let short = if width < 4 { name.get(..3) } else { None };
            short.unwrap_or(name).to_owned()
        };
        let hour = self.of_day / 3_600_000;
        let (week, year_of_week) = self.week();
        let number = match letter {
            'M' | 'L' if width > 2 => return name(&MONTHS, self.month - 1),
            'E' => return name(&DAYS, self.weekday),
            'G' => return "AD".to_owned(),
            'a' => return if hour < 12 { "AM" } else { "PM" }.to_owned(),
            'z' if width > 3 => return "Coordinated Universal Time".to_owned(),
            'z' => return "UTC".to_owned(),
            'Z' => return "+0000".to_owned(),
            'X' => return "Z".to_owned(),
            'y' if width == 2 => self.year.rem_euclid(100),
            'y' => self.year,
            'Y' if width == 2 => year_of_week.rem_euclid(100),
            'Y' => year_of_week,
            'M' | 'L' => self.month,
            'w' => week,
            'W' => (self.day - 1 + (self.weekday - self.day + 1).rem_euclid(7)) / 7 + 1,
            'D' => self.of_year,
            'd' => self.day,
            'F' => (self.day - 1) / 7 + 1,
            'u' => (self.weekday + 6) % 7 + 1,
            'H' => hour,
            'k' => (hour + 23) % 24 + 1,
            'K' => hour % 12,
            'h' => (hour + 11) % 12 + 1,
            'm' => self.of_day / 60_000 % 60,
            's' => self.of_day / 1_000 % 60,
            _ => self.of_day % 1_000,
        };
        format!("{number:0width$}")
    }

    /// Week and its year: weeks begin on Sunday, and the first is that of January 1st.
    fn week(&self) -> (i64, i64) {
        let year_days = days_of(self.year + 1, 1, 1) - days_of(self.year, 1, 1);
        let saturday = self.of_year + 6 - self.weekday;
        if saturday > year_days {
            return (1, self.year + 1);
        }
        let first_weekday = (self.weekday - self.of_year + 1).rem_euclid(7);
        ((self.of_year - 1 + first_weekday) / 7 + 1, self.year)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_printed_by_a_pattern() {
        // As Java 17 prints them.
        let all = "G yyyy YY M MM MMM MMMM L LL w W D dd F E EEEE u a HH k K h mm s S z zzzz Z X XX XXX";
        let cases = [
            (
                1_709_210_096_789,
                "*",
                "AD 2024 24 2 02 Feb February 2 02 9 5 60 29 5 Thu Thursday 4 PM 12 12 0 12 34 56 789 UTC Coordinated Universal Time +0000 Z Z Z",
            ),
            (
                1_735_646_399_005,
                "*",
                "AD 2024 25 12 12 Dec December 12 12 1 5 366 31 5 Tue Tuesday 2 AM 11 11 11 11 59 59 5 UTC Coordinated Universal Time +0000 Z Z Z",
            ),
            (
                1_798_761_600_000,
                "*",
                "AD 2027 27 1 01 Jan January 1 01 1 1 1 01 1 Fri Friday 5 AM 00 24 0 12 00 0 0 UTC Coordinated Universal Time +0000 Z Z Z",
            ),
            (-1, "yy.M.d 'at' H''", "69.12.31 at 23'"),
            (
                1_709_210_096_789,
                "yyyy-MM-dd HH:mm:ss:SSS",
                "2024-02-29 12:34:56:789",
            ),
            (0, "'o''clock' ''h yyyyyy MMMMM", "o'clock '12 001970 January"),
            (1_735_732_800_000, "YYYY w W E", "2025 1 1 Wed"),
            (1_672_531_199_999, "YYYY w W E k", "2022 53 5 Sat 23"),
        ];
        for (ms, pattern, text) in cases {
            let pattern = DatePattern::parse(&pattern.replace('*', all)).expect("a pattern");
            assert_eq!(pattern.format(ms), text);
        }
    }

    #[test]
    fn what_is_no_pattern_is_said_in_javas_words() {
        let wrong = |text: &str| DatePattern::parse(text).err();
        assert_eq!(
            wrong("QQ zz foo").as_deref(),
            Some("Illegal pattern character 'Q'")
        );
        assert_eq!(wrong("yyyy 'x").as_deref(), Some("Unterminated quote"));
        assert_eq!(
            wrong("XXXX").as_deref(),
            Some("invalid ISO 8601 format: length=4")
        );
        assert_eq!(wrong("'Q' yyyy.MM-dd"), None);
    }
}
