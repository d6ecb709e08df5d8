//! Regular expressions as functions: called with a text they give the first match, whose `next` gives the next.

use indexmap::IndexMap;

use super::Evaluator;
use crate::error::{Error, Fault, Result};
use crate::limits::Exceeded;
use crate::regex::{Found, Pattern};
use crate::signature::letter;
use crate::value::{Flags, FunctionKind, Str, Value};

/// A place where a text matches: where, in bytes, and what the groups took.
pub(crate) struct Match<'a> {
    pub start: usize,
    pub end: usize,
    /// Of the start, in UTF-16 units.
    pub index: usize,
    pub text: Value<'a>,
    pub groups: Vec<Value<'a>>,
}

/// Finds the matches of a text one after the other, by a regular expression or by a function that acts like one.
pub(crate) struct Matches<'a> {
    text: Str<'a>,
    next: Next<'a>,
    /// Bytes and UTF-16 units up to a place that both are known for.
    known: (usize, usize),
}

enum Next<'a> {
    Pattern { pattern: &'a Pattern, from: usize, first: bool },
    Call { function: Value<'a>, first: bool },
    End,
}

impl<'a> Matches<'a> {
    pub(crate) fn new(matcher: &Value<'a>, text: &Str<'a>) -> Self {
        let next = match matcher {
            Value::Function(function, _) => match &function.kind {
                FunctionKind::Regex(pattern) => Next::Pattern { pattern, from: 0, first: true },
                _ => Next::Call { function: matcher.clone(), first: true },
            },
            _ => Next::End,
        };
        Matches { text: text.clone(), next, known: (0, 0) }
    }

    pub(crate) fn next(&mut self, evaluator: &mut Evaluator<'a>) -> Result<Option<Match<'a>>> {
        match std::mem::replace(&mut self.next, Next::End) {
            Next::End => Ok(None),
            Next::Pattern { pattern, from, first } => {
                if !first && from >= self.text.len() {
                    return Ok(None);
                }
                let Some(found) = evaluator.search(pattern, &self.text, from)? else { return Ok(None) };
                if !first && found.start == found.end {
                    return Err(zero_length(pattern));
                }
                self.next = Next::Pattern { pattern, from: found.end, first: false };
                evaluator.matched(&self.text, &found, &mut self.known).map(Some)
            }
            Next::Call { function, first } => {
                let arguments = if first { vec![Value::String(self.text.clone())] } else { Vec::new() };
                let result = evaluator.call_back(&function, arguments)?;
                self.of_object(result)
            }
        }
    }

    /// A match that a function made.
    fn of_object(&mut self, result: Value<'a>) -> Result<Option<Match<'a>>> {
        if result.is_undefined() {
            return Ok(None);
        }
        let (start, end, groups) = (result.field("start"), result.field("end"), result.field("groups"));
        let next = result.field("next");
        if letter(&start) != b'n' && !groups.is_list() && letter(&next) != b'f' {
            return Err(Error::new("T1010").into());
        }
        self.next = match next {
            Value::Function(..) => Next::Call { function: next, first: false },
            _ => Next::End,
        };
        let index = start.as_number().unwrap_or(0.0).max(0.0) as usize;
        let until = end.as_number().unwrap_or(0.0).max(0.0) as usize;
        let text = result.field("match");
        let start = byte_offset(&self.text, index);
        let groups = groups.list().map(|list| list.iter().collect()).unwrap_or_default();
        Ok(Some(Match { start, end: byte_offset(&self.text, until).max(start), index, text, groups }))
    }
}

impl<'a> Evaluator<'a> {
    fn search(&mut self, pattern: &Pattern, text: &str, from: usize) -> Result<Option<Found>> {
        self.meter.steps(pattern.cost(text, from))?;
        pattern.find(text, from).map_err(|()| Fault::TooMuch(Exceeded::Steps))
    }

    fn matched(&mut self, text: &Str<'a>, found: &Found, known: &mut (usize, usize)) -> Result<Match<'a>> {
        let between = &text[known.0..found.start];
        *known = (found.start, known.1 + utf16_length(between));
        let mut groups = Vec::with_capacity(found.groups.len());
        self.charge_items(found.groups.len())?;
        for group in &found.groups {
            groups.push(match group {
                Some((start, end)) => self.slice(text, *start, *end)?,
                None => Value::Undefined,
            });
        }
        let whole = self.slice(text, found.start, found.end)?;
        Ok(Match { start: found.start, end: found.end, index: known.1, text: whole, groups })
    }

    /// A regular expression that is called as a function.
    pub(super) fn call_regex(&mut self, pattern: &'a Pattern, arguments: &[Value<'a>]) -> Result<Value<'a>> {
        let text = match arguments.first() {
            Some(Value::String(text)) => text.clone(),
            Some(other) => self.string(other, false)?.unwrap_or(Str::Data("undefined")),
            None => Str::Data("undefined"),
        };
        let from = arguments.get(1).and_then(Value::as_number).unwrap_or(0.0).max(0.0) as usize;
        let from = byte_offset(&text, from);
        match self.search(pattern, &text, from)? {
            Some(found) => self.match_object(pattern, &text, &found),
            None => Ok(Value::Undefined),
        }
    }

    pub(super) fn call_next(
        &mut self,
        pattern: &'a Pattern,
        text: &Str<'a>,
        from: usize,
    ) -> Result<Value<'a>> {
        if from >= text.len() {
            return Ok(Value::Undefined);
        }
        match self.search(pattern, text, from)? {
            Some(found) if found.start == found.end => Err(zero_length(pattern)),
            Some(found) => self.match_object(pattern, text, &found),
            None => Ok(Value::Undefined),
        }
    }

    fn match_object(&mut self, pattern: &'a Pattern, text: &Str<'a>, found: &Found) -> Result<Value<'a>> {
        self.meter.walk(text.len() / 4)?;
        let matched = self.matched(text, found, &mut (0, 0))?;
        let length = utf16_length(&text[found.start..found.end]);
        let next = FunctionKind::NextMatch { pattern, text: text.clone(), from: found.end };
        let mut entries = IndexMap::with_capacity(5);
        entries.insert(Str::Data("match"), matched.text);
        entries.insert(Str::Data("start"), Value::Number(matched.index as f64));
        entries.insert(Str::Data("end"), Value::Number((matched.index + length) as f64));
        entries.insert(Str::Data("groups"), self.array(matched.groups, Flags::default())?);
        entries.insert(Str::Data("next"), self.function(next)?);
        self.object(entries)
    }
}

fn zero_length(pattern: &Pattern) -> Fault {
    Error::new("D1004").at(pattern.position).value(&*pattern.source).into()
}

fn utf16_length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(char::len_utf16).sum() }
}

/// The byte offset of a UTF-16 offset; the end when it is beyond.
fn byte_offset(text: &str, units: usize) -> usize {
    let mut left = units;
    for (offset, c) in text.char_indices() {
        if left == 0 {
            return offset;
        }
        left = left.saturating_sub(c.len_utf16());
    }
    text.len()
}
