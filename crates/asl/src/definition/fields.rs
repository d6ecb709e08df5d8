//! One JSON object of a definition on its way to the AST: its fields are read by name and type, and whatever is wrong
//! with them goes to the report with AWS's text and the field's location, so that one pass finds everything.

use serde_json::{Map, Value};

use super::data_flow::{ResultPlace, Selection};
use super::query_language::QueryLanguage;
use crate::diagnostic::Report;
use crate::jsonata;
use crate::path::{Path, Root};
use crate::template::{Expression, Template};

pub(crate) struct Fields<'a> {
    pub object: &'a Map<String, Value>,
    /// `/States/X`; the empty text for the definition itself.
    location: String,
    /// Of the state to which the object belongs.
    language: QueryLanguage,
    /// Where in the state the object is, as the errors of its expressions say: `Catch[0]/`; empty for the state itself.
    within: String,
}

impl<'a> Fields<'a> {
    /// The object at a place; anything else is reported.
    pub fn read(value: &'a Value, location: impl Into<String>, report: &mut Report) -> Option<Self> {
        let location = location.into();
        match value {
            Value::Object(object) => {
                let (language, within) = (QueryLanguage::default(), String::new());
                Some(Fields { object, location, language, within })
            }
            _ => {
                report.schema(&shown(&location), "Expected value of type [OBJECT]");
                None
            }
        }
    }

    /// The object as a state of this language.
    pub fn in_language(self, language: QueryLanguage) -> Self {
        Fields { language, ..self }
    }

    pub fn language(&self) -> QueryLanguage {
        self.language
    }

    pub fn location(&self) -> String {
        shown(&self.location)
    }

    pub fn field_location(&self, name: &str) -> String {
        format!("{}/{name}", self.location)
    }

    pub fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name)
    }

    /// Reports each field that isn't one of these.
    pub fn only(&self, allowed: &[&[&str]], report: &mut Report) {
        for name in self.object.keys() {
            if !allowed.iter().any(|group| group.contains(&name.as_str())) {
                report.schema(&self.location(), self.not_supported(name));
            }
        }
    }

    /// A state whose field belongs to the other query language is told so.
    fn not_supported(&self, name: &str) -> String {
        let refusal = if self.has("Type") { self.language.refusal(name) } else { None };
        refusal.unwrap_or_else(|| format!("Field '{name}' is not supported"))
    }

    /// Reports the fields of the other query language.
    pub fn of_own_language(&self, report: &mut Report) {
        for refusal in self.object.keys().filter_map(|name| self.language.refusal(name)) {
            report.schema(&self.location(), refusal);
        }
    }

    pub fn required(&self, names: &[&str], report: &mut Report) -> bool {
        let missing: Vec<&str> = names.iter().copied().filter(|name| !self.has(name)).collect();
        if missing.is_empty() {
            return true;
        }
        report.schema(&self.location(), format!("These fields are required: [{}]", missing.join(", ")));
        false
    }

    pub fn exactly_one(&self, names: &[&str], report: &mut Report) -> bool {
        let count = names.iter().filter(|name| self.has(name)).count();
        let message = match count {
            1 => return true,
            0 => "This object should have only one of the following fields",
            _ => "There should only be one of the following fields",
        };
        report.schema(&self.location(), format!("{message}: [{}]", names.join(", ")));
        false
    }

    pub fn at_most_one(&self, names: &[&str], report: &mut Report) {
        if names.iter().filter(|name| self.has(name)).count() > 1 {
            self.exactly_one(names, report);
        }
    }

    pub fn string(&self, name: &str, report: &mut Report) -> Option<&'a str> {
        let value = self.get(name)?;
        let text = value.as_str();
        if text.is_none() {
            report.schema(&self.field_location(name), "Expected value of type [STRING]");
        }
        text
    }

    pub fn boolean(&self, name: &str, report: &mut Report) -> Option<bool> {
        let value = self.get(name)?;
        let boolean = value.as_bool();
        if boolean.is_none() {
            report.schema(&self.field_location(name), "Expected value of type [BOOLEAN]");
        }
        boolean
    }

    pub fn integer(&self, name: &str, minimum: u64, maximum: u64, report: &mut Report) -> Option<u64> {
        let value = self.get(name)?;
        let Some(number) = value.as_number().filter(|n| n.is_i64() || n.is_u64()) else {
            report.schema(&self.field_location(name), "Expected value of type Integer");
            return None;
        };
        match number.as_u64() {
            Some(number) if number > maximum => {
                report.schema(&self.field_location(name), format!("Maximum value is {maximum}"));
                None
            }
            Some(number) if number >= minimum => Some(number),
            _ => {
                report.schema(&self.field_location(name), format!("Minimum value is {minimum}"));
                None
            }
        }
    }

    pub fn number(&self, name: &str, minimum: f64, maximum: f64, report: &mut Report) -> Option<f64> {
        let value = self.get(name)?;
        let Some(number) = value.as_f64() else {
            report.schema(&self.field_location(name), "Expected value of type [NUMBER]");
            return None;
        };
        if number < minimum {
            report.schema(&self.field_location(name), format!("Minimum value is {minimum}"));
        } else if number > maximum {
            report.schema(&self.field_location(name), format!("Maximum value is {maximum}"));
        }
        Some(number)
    }

    pub fn one_of(&self, name: &str, values: &[&str], report: &mut Report) -> Option<&'a str> {
        let text = self.string(name, report)?;
        if !values.contains(&text) {
            let values = values.join(", ");
            report.schema(
                &self.field_location(name),
                format!("Value should be one of the following: [{values}]"),
            );
            return None;
        }
        Some(text)
    }

    pub fn array(&self, name: &str, report: &mut Report) -> Option<&'a Vec<Value>> {
        let value = self.get(name)?;
        let array = value.as_array();
        if array.is_none() {
            report.schema(&self.field_location(name), "Expected value of type [ARRAY]");
        }
        array
    }

    pub fn object(&self, name: &str, report: &mut Report) -> Option<Fields<'a>> {
        let object = Fields::read(self.get(name)?, self.field_location(name), report)?;
        Some(self.around(object, name))
    }

    /// The objects of an array; whatever else is in it is reported.
    pub fn objects(&self, name: &str, report: &mut Report) -> Option<Vec<Option<Fields<'a>>>> {
        let values = self.array(name, report)?;
        let mut objects = Vec::new();
        for (index, value) in values.iter().enumerate() {
            let place = format!("{name}[{index}]");
            let object = Fields::read(value, format!("{}/{place}", self.location), report);
            objects.push(object.map(|object| self.around(object, &place)));
        }
        Some(objects)
    }

    fn around(&self, inner: Fields<'a>, place: &str) -> Fields<'a> {
        Fields { language: self.language, within: format!("{}{place}/", self.within), ..inner }
    }

    /// Whether a field holds a JSONata expression, in a state of that language.
    pub fn is_jsonata(&self, name: &str) -> bool {
        let text = self.get(name).and_then(Value::as_str);
        self.language == QueryLanguage::Jsonata && text.is_some_and(|text| jsonata::source(text).is_some())
    }

    /// A field that is one JSONata expression; nothing if it is something else.
    pub fn jsonata(&self, name: &str, report: &mut Report) -> Option<jsonata::Expression> {
        if !self.is_jsonata(name) {
            return None;
        }
        let source = self.get(name).and_then(Value::as_str).and_then(jsonata::source)?;
        match jsonata::Expression::compile(source, format!("{}{name}", self.within)) {
            Ok(expression) => Some(expression),
            Err(problems) => {
                problems.into_iter().for_each(|problem| report.schema(&self.field_location(name), problem));
                None
            }
        }
    }

    /// `InputPath` and `OutputPath`: a path or `null`.
    pub fn selection(&self, name: &str, report: &mut Report) -> Selection {
        match self.get(name) {
            None => Selection::Whole,
            Some(Value::Null) => Selection::Nothing,
            Some(_) => match self.path(name, report) {
                Some(path) if path.text() == "$" => Selection::Whole,
                Some(path) => Selection::At(path),
                None => Selection::Whole,
            },
        }
    }

    /// `ResultPath`: a reference path into the input, or `null`.
    pub fn result_place(&self, name: &str, report: &mut Report) -> ResultPlace {
        match self.get(name) {
            None => ResultPlace::Replace,
            Some(Value::Null) => ResultPlace::Discard,
            Some(_) => match self.path(name, report) {
                Some(path) if path.text() == "$" => ResultPlace::Replace,
                Some(path) if path.is_reference() && *path.root() == Root::Input => ResultPlace::At(path),
                Some(_) => {
                    report.schema(&self.field_location(name), "Value is not a Reference Path");
                    ResultPlace::Replace
                }
                None => ResultPlace::Replace,
            },
        }
    }

    /// A path into the input, the context object or a variable.
    pub fn path(&self, name: &str, report: &mut Report) -> Option<Path> {
        let text = self.string(name, report)?;
        let path = Path::parse(text).ok();
        if path.is_none() {
            report.schema(&self.field_location(name), "Value must be a valid JSONPath.");
        }
        path
    }

    /// A path that names a single node.
    pub fn reference_path(&self, name: &str, report: &mut Report) -> Option<Path> {
        let text = self.string(name, report)?;
        if !text.starts_with('$') {
            let message = "Value is not a Reference Path: Reference path didn't start with '$'";
            report.schema(&self.field_location(name), message);
            return None;
        }
        let path = Path::parse(text).ok().filter(Path::is_reference);
        if path.is_none() {
            report.schema(&self.field_location(name), "Value is not a Reference Path");
        }
        path
    }

    /// A path or the call of an intrinsic function.
    pub fn expression(&self, name: &str, report: &mut Report) -> Option<Expression> {
        let text = self.string(name, report)?;
        let expression = Expression::parse(text);
        if expression.is_none() {
            report.schema(&self.field_location(name), "Value must be a valid JSONPath.");
        }
        expression
    }

    pub fn template(&self, name: &str, report: &mut Report) -> Option<Template> {
        let value = self.get(name)?;
        let compiled = match self.language {
            QueryLanguage::JsonPath => Template::compile(value),
            QueryLanguage::Jsonata => Template::compile_jsonata(value, &format!("{}{name}", self.within)),
        };
        match compiled {
            Ok(template) => Some(template),
            Err(problems) => {
                for problem in problems {
                    let location = format!("{}{}", self.field_location(name), problem.pointer);
                    report.schema(&location, problem.message);
                }
                None
            }
        }
    }
}

/// The definition itself is at `/`.
fn shown(location: &str) -> String {
    if location.is_empty() { "/".to_owned() } else { location.to_owned() }
}
