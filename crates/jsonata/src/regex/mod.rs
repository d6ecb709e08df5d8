//! Regular expressions: JavaScript's syntax, on an engine whose time is linear in the text.
//!
//! What that engine can't do (look-around, back-references) runs on one that backtracks, a counted number of times.

mod translate;

use crate::error::Error;

/// The size of a compiled expression, in bytes.
const MAX_SIZE: usize = 1 << 18;
/// Up to this size, an expression runs over a text at a constant speed, as good as always.
const LIGHT_SIZE: usize = 1 << 14;
/// How long a pattern may be, in bytes.
const MAX_PATTERN: usize = 10_000;
/// How often the backtracking engine may step back in one search.
const MAX_BACKTRACKS: usize = 20_000;

/// A compiled regular expression.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub source: Box<str>,
    pub position: usize,
    engine: Engine,
}

#[derive(Debug)]
enum Engine {
    /// `light`: see [`LIGHT_SIZE`].
    Linear {
        regex: regex::Regex,
        light: bool,
    },
    Backtracking(fancy_regex::Regex),
}

/// Where a match begins and ends, in bytes; the groups likewise.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub start: usize,
    pub end: usize,
    pub groups: Vec<Option<(usize, usize)>>,
}

impl Pattern {
    pub(crate) fn new(source: &str, flags: &str, position: usize) -> Result<Pattern, Box<Error>> {
        let invalid = || Error::new("S0303").at(position).value(format!("/{source}/{flags}"));
        if source.len() > MAX_PATTERN {
            return Err(invalid());
        }
        let translated = translate::translate(source).ok_or_else(invalid)?;
        let (i, m) = (flags.contains('i'), flags.contains('m'));
        let engine = if translated.needs_backtracking {
            let inline = match (i, m) {
                (false, false) => "",
                (true, false) => "(?i)",
                (false, true) => "(?m)",
                (true, true) => "(?im)",
            };
            let mut builder = fancy_regex::RegexBuilder::new(&format!("{inline}{}", translated.pattern));
            builder.backtrack_limit(MAX_BACKTRACKS).delegate_size_limit(MAX_SIZE);
            Engine::Backtracking(builder.build().map_err(|_| invalid())?)
        } else {
            let mut builder = regex::RegexBuilder::new(&translated.pattern);
            builder.case_insensitive(i).multi_line(m).size_limit(LIGHT_SIZE).nest_limit(100);
            match builder.build() {
                Ok(regex) => Engine::Linear { regex, light: true },
                Err(_) => {
                    let regex = builder.size_limit(MAX_SIZE).build().map_err(|_| invalid())?;
                    Engine::Linear { regex, light: false }
                }
            }
        };
        Ok(Pattern { source: source.into(), position, engine })
    }

    /// What a search from `from` costs, in steps.
    pub(crate) fn cost(&self, text: &str, from: usize) -> u64 {
        let length = (text.len() - from.min(text.len())) as u64;
        match self.engine {
            Engine::Linear { light: true, .. } => 2 + length / 32,
            Engine::Linear { light: false, .. } => 20 + length * 2,
            Engine::Backtracking(_) => 20 + length * 2,
        }
    }

    /// The first match that begins at `from` or behind it. `Err`: the backtracking engine gave up.
    pub(crate) fn find(&self, text: &str, from: usize) -> Result<Option<Found>, ()> {
        match &self.engine {
            Engine::Linear { regex, .. } => Ok(regex.captures_at(text, from).and_then(|captures| {
                let whole = captures.get(0)?;
                let groups =
                    captures.iter().skip(1).map(|group| group.map(|group| (group.start(), group.end())));
                Some(Found { start: whole.start(), end: whole.end(), groups: groups.collect() })
            })),
            Engine::Backtracking(regex) => {
                let captures = regex.captures_from_pos(text, from).map_err(|_| ())?;
                Ok(captures.and_then(|captures| {
                    let whole = captures.get(0)?;
                    let groups =
                        captures.iter().skip(1).map(|group| group.map(|group| (group.start(), group.end())));
                    Some(Found { start: whole.start(), end: whole.end(), groups: groups.collect() })
                }))
            }
        }
    }
}
