//! Pictures of whole numbers, as XPath has them: `I`, `w`, `Ww`, `a`, `#,##0`, `1;o`.

use crate::error::Error;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Upper,
    Lower,
    Title,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Primary {
    Decimal,
    Letters,
    Roman,
    Words,
    /// A numbering that isn't supported.
    Sequence,
}

#[derive(Debug, Clone)]
pub(super) struct IntegerPicture {
    pub primary: Primary,
    pub case: Case,
    pub ordinal: bool,
    /// The digit zero of the family of digits that the picture uses.
    pub zero: u32,
    pub mandatory_digits: usize,
    pub optional_digits: usize,
    /// The same separator every so many digits.
    pub regular: Option<(usize, char)>,
    /// Separators by the number of digits to their right, the rightmost first.
    pub separators: Vec<(usize, char)>,
    /// When it is parsed and another number follows at once: exactly so many digits.
    pub parse_width: Option<usize>,
    pub token: String,
}

const FAMILIES: [u32; 37] = [
    0x30, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
    0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50,
    0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
];

impl IntegerPicture {
    pub(super) fn parse(picture: &str) -> Result<IntegerPicture, Box<Error>> {
        let (format, modifier) = picture.rsplit_once(';').unwrap_or((picture, ""));
        let (primary, case) = match format {
            "A" => (Primary::Letters, Case::Upper),
            "a" => (Primary::Letters, Case::Lower),
            "I" => (Primary::Roman, Case::Upper),
            "i" => (Primary::Roman, Case::Lower),
            "W" => (Primary::Words, Case::Upper),
            "Ww" => (Primary::Words, Case::Title),
            "w" => (Primary::Words, Case::Lower),
            _ => (Primary::Decimal, Case::Lower),
        };
        let mut parsed = IntegerPicture {
            primary,
            case,
            ordinal: modifier.starts_with('o'),
            zero: 0x30,
            mandatory_digits: 0,
            optional_digits: 0,
            regular: None,
            separators: Vec::new(),
            parse_width: None,
            token: format.to_owned(),
        };
        if primary == Primary::Decimal {
            parsed.read_digits(format)?;
        }
        Ok(parsed)
    }

    fn read_digits(&mut self, format: &str) -> Result<(), Box<Error>> {
        let mut zero = None;
        let mut position = 0;
        for c in format.chars().rev() {
            let code = u32::from(c);
            if let Some(family) = FAMILIES.iter().find(|family| (**family..**family + 10).contains(&code)) {
                if zero.is_some_and(|zero| zero != *family) {
                    return Err(Error::new("D3131"));
                }
                zero = Some(*family);
                self.mandatory_digits += 1;
                position += 1;
            } else if c == '#' {
                self.optional_digits += 1;
                position += 1;
            } else {
                self.separators.push((position, c));
            }
        }
        match zero {
            Some(zero) => self.zero = zero,
            None => self.primary = Primary::Sequence,
        }
        self.regular = regular(&self.separators);
        Ok(())
    }

    /// `D3130`, for what isn't supported.
    pub(super) fn unsupported(&self) -> Box<Error> {
        Error::new("D3130").value(self.token.as_str())
    }
}

/// The interval at which the same separator stands throughout.
fn regular(separators: &[(usize, char)]) -> Option<(usize, char)> {
    let (_, first) = separators.first()?;
    if separators.iter().any(|(_, other)| other != first) {
        return None;
    }
    let positions: Vec<usize> = separators.iter().map(|(position, _)| *position).collect();
    interval(&positions).map(|interval| (interval, *first))
}

/// The greatest common divisor of positions, if all its multiples up to the last are among them.
pub(super) fn interval(positions: &[usize]) -> Option<usize> {
    let factor = positions.iter().copied().reduce(greatest_common_divisor).filter(|factor| *factor > 0)?;
    let known: std::collections::HashSet<usize> = positions.iter().copied().collect();
    (1..=positions.len()).all(|index| known.contains(&(index * factor))).then_some(factor)
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
