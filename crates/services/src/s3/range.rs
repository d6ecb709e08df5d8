//! One range of bytes, as `Range` has it: `bytes=0-99`, `bytes=100-`, `bytes=-100`. S3 answers none for several.

use std::ops::Range;

/// Which bytes are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// From a first byte to a last one, or to the end.
    From(u64, Option<u64>),
    /// So many bytes before the end.
    Last(u64),
}

impl ByteRange {
    /// `None` for what is no such range.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (first, last) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
        let number = |text: &str| text.trim().parse::<u64>().ok();
        match (first.trim().is_empty(), last.trim().is_empty()) {
            (true, true) => None,
            (true, false) => Some(Self::Last(number(last)?)),
            (false, true) => Some(Self::From(number(first)?, None)),
            (false, false) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::From(first, Some(last)))
            }
        }
    }

    /// The bytes of an object of this size; `None` if it has none of them.
    #[must_use]
    pub fn within(self, size: u64) -> Option<Range<u64>> {
        match self {
            Self::From(first, last) if first < size => {
                Some(first..last.map_or(size, |last| last.saturating_add(1).min(size)))
            }
            Self::Last(count) if count > 0 && size > 0 => Some(size.saturating_sub(count)..size),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_and_laid_over_what_is_there() {
        let within = |text, size| ByteRange::read(text).map(|range| range.within(size));
        assert_eq!(within("bytes=0-4", 10), Some(Some(0..5)));
        assert_eq!(within("bytes=8-99", 10), Some(Some(8..10)));
        assert_eq!(within("bytes=8-", 10), Some(Some(8..10)));
        assert_eq!(within("bytes=-3", 10), Some(Some(7..10)));
        assert_eq!(within("bytes=-99", 10), Some(Some(0..10)));
        assert_eq!(within("bytes=0-18446744073709551615", 10), Some(Some(0..10)));
        for unsatisfiable in ["bytes=10-", "bytes=10-11", "bytes=-0"] {
            assert_eq!(within(unsatisfiable, 10), Some(None), "{unsatisfiable}");
        }
        assert_eq!(within("bytes=0-", 0), Some(None));
        for other in ["", "bytes=", "bytes=-", "bytes=5-4", "bytes=0-1,3-4", "lines=1-2", "bytes=a-b"] {
            assert_eq!(within(other, 10), None, "{other}");
        }
    }
}
