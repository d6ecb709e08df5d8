//! Pictures of dates and times, as XPath has them: `[Y0001]-[M01]-[D01]`, `[FNn], [D1o] [MNn]`.

use super::integer_parse::leading_integer;
use super::integer_picture::{Case, IntegerPicture, Primary};
use crate::error::Error;

pub(super) struct DatePicture {
    pub parts: Vec<Part>,
}

pub(super) enum Part {
    Literal(String),
    Marker(Box<Marker>),
}

/// What stands in brackets.
pub(super) struct Marker {
    pub component: char,
    /// As a name, in this case.
    pub names: Option<Case>,
    /// As a number.
    pub integer: Option<IntegerPicture>,
    /// The second modifier, `t` above all.
    pub modifier: Option<char>,
    pub max_width: Option<usize>,
    /// Years: only so many of the last digits.
    pub year_digits: Option<u32>,
}

/// How a component is written when its marker doesn't say.
fn default_presentation(component: char) -> Option<&'static str> {
    Some(match component {
        'Y' | 'M' | 'D' | 'd' | 'W' | 'w' | 'X' | 'x' | 'H' | 'h' | 'f' => "1",
        'F' | 'P' | 'C' | 'E' => "n",
        'm' | 's' => "01",
        'Z' | 'z' => "01:01",
        _ => return None,
    })
}

impl DatePicture {
    pub(super) fn parse(picture: &str) -> Result<DatePicture, Box<Error>> {
        let mut parts = Vec::new();
        let mut rest = picture;
        while let Some(bracket) = rest.find('[') {
            push_literal(&mut parts, &rest[..bracket]);
            rest = &rest[bracket..];
            if let Some(after) = rest.strip_prefix("[[") {
                parts.push(Part::Literal("[".to_owned()));
                rest = after;
                continue;
            }
            let Some(end) = rest.find(']') else { return Err(Error::new("D3135")) };
            let text: String = rest[1..end].chars().filter(|c| !c.is_whitespace()).collect();
            let marker = Marker::parse(&text)?;
            if let (Some(Part::Marker(previous)), Some(_)) = (parts.last_mut(), &marker.integer)
                && !matches!(marker.component, 'Z' | 'z')
                && let Some(integer) = &mut previous.integer
            {
                // With nothing between two numbers, the first one's width is all that tells them apart.
                integer.parse_width = Some(integer.mandatory_digits);
            }
            parts.push(Part::Marker(Box::new(marker)));
            rest = &rest[end + 1..];
        }
        push_literal(&mut parts, rest);
        Ok(DatePicture { parts })
    }
}

fn push_literal(parts: &mut Vec<Part>, text: &str) {
    if !text.is_empty() {
        parts.push(Part::Literal(text.replace("]]", "]")));
    }
}

impl Marker {
    fn parse(text: &str) -> Result<Marker, Box<Error>> {
        let component = text.chars().next();
        let (before, width) = match text.rsplit_once(',') {
            Some((before, width)) => (before, Some(width)),
            None => (text, None),
        };
        let (min_width, max_width) = width.map_or((None, None), |width| match width.split_once('-') {
            Some((min, max)) => (digits(min), digits(max)),
            None => (digits(width), None),
        });
        let unknown = || match component {
            Some(component) => Error::new("D3132").value(component.to_string()),
            None => Error::new("D3132").value(""),
        };
        let Some(component) = component else { return Err(unknown()) };
        let presentation = &before[component.len_utf8().min(before.len())..];
        let mut modifier = None;
        let presentation = match presentation.char_indices().last() {
            None => default_presentation(component).ok_or_else(unknown)?,
            Some((offset, last)) if offset > 0 && "atco".contains(last) => {
                modifier = Some(last);
                &presentation[..offset]
            }
            Some(_) => presentation,
        };
        let (max_width, year_digits) = (max_width, None);
        let mut marker = Marker { component, names: None, integer: None, modifier, max_width, year_digits };
        marker.read_presentation(presentation, min_width)?;
        Ok(marker)
    }

    fn read_presentation(&mut self, presentation: &str, min_width: Option<usize>) -> Result<(), Box<Error>> {
        if presentation.starts_with('n') {
            self.names = Some(Case::Lower);
        } else if presentation.starts_with('N') {
            self.names = Some(if presentation.starts_with("Nn") { Case::Title } else { Case::Upper });
        } else if "YMDdFWwXxHhmsf".contains(self.component) {
            let picture = match self.modifier {
                Some(modifier) => format!("{presentation};{modifier}"),
                None => presentation.to_owned(),
            };
            let mut integer = IntegerPicture::parse(&picture)?;
            if integer.primary == Primary::Decimal {
                integer.mandatory_digits = integer.mandatory_digits.max(min_width.unwrap_or(0));
            }
            if self.component == 'Y' {
                let width = integer.mandatory_digits + integer.optional_digits;
                if let Some(max) = self.max_width {
                    self.year_digits = Some(max as u32);
                    integer.mandatory_digits = max;
                } else if width >= 2 {
                    self.year_digits = Some(width as u32);
                }
            }
            self.integer = Some(integer);
        }
        if matches!(self.component, 'Z' | 'z') {
            self.integer = Some(IntegerPicture::parse(presentation)?);
        }
        Ok(())
    }
}

fn digits(text: &str) -> Option<usize> {
    let number = leading_integer(text);
    (text != "*" && number >= 0.0).then_some(number as usize)
}
