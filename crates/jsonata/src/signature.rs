//! Signatures of functions, such as `<s-nn?:s>`: what each argument may be, which may be left out, and which is
//! the context when it is left out (`-`).
//!
//! JSONata matches the types of the arguments, one letter each, against the parameters as a regular expression;
//! this does the same, with the same preference for the longest match.

use crate::error::{Error, Fault, Result};
use crate::value::{Flags, Value};

/// A parsed signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    parameters: Vec<Parameter>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Parameter {
    /// The letters of the types that it takes. `m` is a missing value.
    letters: String,
    is_array: bool,
    /// What an array's items must be.
    items: Option<String>,
    optional: bool,
    repeated: bool,
    context: bool,
}

/// How many parameters a signature may have.
const MAX_PARAMETERS: usize = 64;

impl Signature {
    /// Reads a signature with its angle brackets. An error comes with its offset in UTF-16 units.
    pub fn parse(text: &str) -> std::result::Result<Signature, (Box<Error>, usize)> {
        let symbols: Vec<char> = text.chars().collect();
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut at = 1;
        while at < symbols.len() && symbols[at] != ':' {
            let symbol = symbols[at];
            let letters = match symbol {
                's' | 'n' | 'b' | 'l' | 'o' => Some(format!("{symbol}m")),
                'a' | 'x' => Some("asnblfom".to_owned()),
                'f' => Some("f".to_owned()),
                'j' => Some("asnblom".to_owned()),
                '(' => {
                    let end = closing(&symbols, at, '(', ')');
                    let choice: String = symbols[at + 1..end.min(symbols.len())].iter().collect();
                    if choice.contains('<') {
                        return Err((Error::new("S0402").value(choice), at));
                    }
                    at = end;
                    Some(choice + "m")
                }
                '<' => {
                    let end = closing(&symbols, at, '<', '>');
                    let within: String = symbols[at + 1..end.min(symbols.len())].iter().collect();
                    match parameters.last_mut() {
                        Some(last) if last.is_array || last.letters == "f" => last.items = Some(within),
                        last => {
                            let error = Error::new("S0401");
                            let kind = last.map(|last| last.letters.trim_end_matches('m').to_owned());
                            return Err((if let Some(kind) = kind { error.value(kind) } else { error }, at));
                        }
                    }
                    at = end;
                    None
                }
                _ => {
                    if let Some(last) = parameters.last_mut() {
                        last.context |= symbol == '-';
                        last.optional |= symbol == '-' || symbol == '?';
                        last.repeated |= symbol == '+';
                    }
                    None
                }
            };
            if let Some(letters) = letters {
                let is_array = symbol == 'a';
                let (optional, repeated, context) = (false, false, false);
                parameters.push(Parameter { letters, is_array, items: None, optional, repeated, context });
            }
            at += 1;
        }
        if parameters.len() > MAX_PARAMETERS {
            return Err((Error::new("S0599"), 0));
        }
        Ok(Signature { parameters })
    }

    /// How many parameters there are.
    pub fn arity(&self) -> usize {
        self.parameters.len()
    }

    /// How many items [`Self::validate`] looks at.
    pub(crate) fn items_to_check(&self, arguments: &[Value]) -> usize {
        if self.parameters.iter().all(|parameter| parameter.items.is_none() || !parameter.is_array) {
            return 0;
        }
        arguments.iter().filter_map(Value::list).map(|list| list.len()).sum()
    }

    /// Checks arguments: puts the context where it is meant, and single values into arrays where arrays are meant.
    pub(crate) fn validate<'a>(
        &self,
        arguments: Vec<Value<'a>>,
        context: &Value<'a>,
    ) -> Result<Vec<Value<'a>>> {
        let letters: Vec<u8> = arguments.iter().map(letter).collect();
        let Some(counts) = matched(&self.parameters, &letters, true) else {
            return Err(self.mismatch(&arguments, &letters));
        };
        let mut valid = Vec::with_capacity(arguments.len().max(counts.len()));
        let mut at = 0;
        for (parameter, count) in self.parameters.iter().zip(counts) {
            if count == 0 && parameter.context {
                if !parameter.letters.as_bytes().contains(&letter(context)) {
                    let error = Error::new("T0411").value(context.to_json_lossy()).detail("index", at + 1);
                    return Err(error.into());
                }
                valid.push(context.clone());
                continue;
            }
            // JSONata moves on by one argument even when an optional one in the middle is missing.
            for _ in 0..count.max(1) {
                let argument = arguments.get(at).cloned().unwrap_or(Value::Undefined);
                let fits = count == 0 || !parameter.is_array;
                valid.push(if fits {
                    argument
                } else {
                    parameter.array(argument, &letters[at], count, at)?
                });
                at += 1;
            }
        }
        Ok(valid)
    }

    /// Finds the first argument that doesn't fit: the parameters are tried one more at a time.
    fn mismatch(&self, arguments: &[Value], letters: &[u8]) -> Fault {
        let mut good = 0;
        for count in 1..=self.parameters.len() {
            match matched(&self.parameters[..count], letters, false) {
                Some(counts) => good = counts.iter().sum(),
                None => break,
            }
        }
        let error = Error::new("T0410").detail("index", good + 1);
        match arguments.get(good) {
            Some(value) => error.value(value.to_json_lossy()).into(),
            None => error.into(),
        }
    }
}

impl Parameter {
    fn array<'a>(&self, argument: Value<'a>, letter_of: &u8, count: usize, at: usize) -> Result<Value<'a>> {
        if *letter_of == b'm' {
            return Ok(Value::Undefined);
        }
        let items = self.items.as_deref().unwrap_or("");
        let fits = match argument.list() {
            _ if items.is_empty() => true,
            None => count == 1 && items.as_bytes() == [*letter_of],
            Some(list) => {
                let wanted = items.as_bytes()[0];
                (0..list.len()).all(|index| list.letter(index) == wanted)
            }
        };
        if !fits {
            let name = match items {
                "a" => "arrays",
                "b" => "booleans",
                "f" => "functions",
                "n" => "numbers",
                "o" => "objects",
                "s" => "strings",
                _ => "undefined",
            };
            let error = Error::new("T0412").value(argument.to_json_lossy()).detail("index", at + 1);
            return Err(error.detail("type", name).into());
        }
        if *letter_of == b'a' { Ok(argument) } else { Ok(Value::array(vec![argument], Flags::default())) }
    }
}

/// The letter of a value's type.
pub(crate) fn letter(value: &Value) -> u8 {
    match value {
        Value::Undefined | Value::TailCall(_) => b'm',
        Value::Null => b'l',
        Value::Bool(_) => b'b',
        Value::Number(_) | Value::DataNumber(_) => b'n',
        Value::String(_) => b's',
        Value::DataArray(_) | Value::Array(_) | Value::Range(..) | Value::Tuples(_) => b'a',
        Value::DataObject(_) | Value::Object(_) => b'o',
        Value::Function(..) => b'f',
    }
}

fn closing(symbols: &[char], start: usize, open: char, close: char) -> usize {
    let mut depth = 1;
    let mut at = start;
    while at < symbols.len() {
        at += 1;
        match symbols.get(at) {
            Some(symbol) if *symbol == close => depth -= 1,
            Some(symbol) if *symbol == open => depth += 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// How many letters each parameter takes, the first ones as many as they can. `whole`: no letter may be left.
/// What was found to fail isn't tried again, so the time is bounded by parameters times arguments.
fn matched(parameters: &[Parameter], letters: &[u8], whole: bool) -> Option<Vec<usize>> {
    let mut failed = vec![false; (parameters.len() + 1) * (letters.len() + 1)];
    let mut counts = vec![0; parameters.len()];
    step(parameters, letters, whole, 0, 0, &mut failed, &mut counts).then_some(counts)
}

fn step(
    parameters: &[Parameter],
    letters: &[u8],
    whole: bool,
    index: usize,
    at: usize,
    failed: &mut [bool],
    counts: &mut [usize],
) -> bool {
    let Some(parameter) = parameters.get(index) else { return !whole || at == letters.len() };
    let key = index * (letters.len() + 1) + at;
    if failed[key] {
        return false;
    }
    let fitting =
        letters[at..].iter().take_while(|letter| parameter.letters.as_bytes().contains(letter)).count();
    let most = if parameter.repeated { fitting } else { fitting.min(1) };
    let least = usize::from(!parameter.optional);
    for count in (least..=most).rev() {
        counts[index] = count;
        if step(parameters, letters, whole, index + 1, at + count, failed, counts) {
            return true;
        }
    }
    failed[key] = true;
    false
}
