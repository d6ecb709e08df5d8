//! The fields by which a state takes its input and makes its output, in the order in which they apply. In JSONPath:
//! InputPath, Parameters, (the work), ResultSelector, Assign, ResultPath, OutputPath. In JSONata: Arguments, (the work),
//! Assign and Output.

use indexmap::IndexMap;
use serde_json::Value;

use super::QueryLanguage;
use super::Reads;
use super::fields::Fields;
use crate::diagnostic::{Code, Report};
use crate::path::Path;
use crate::template::Template;

/// `InputPath` or `OutputPath`.
#[derive(Clone, Debug, Default)]
pub enum Selection {
    #[default]
    Whole,
    /// `null`: an empty object.
    Nothing,
    At(Path),
}

/// `ResultPath`.
#[derive(Clone, Debug, Default)]
pub enum ResultPlace {
    /// The result takes the place of the input.
    #[default]
    Replace,
    /// `null`: the input goes on as it was.
    Discard,
    At(Path),
}

/// A state type that lacks a field has its default here, which changes nothing.
#[derive(Clone, Debug, Default)]
pub struct DataFlow {
    pub input_path: Selection,
    /// `Parameters` or `Arguments`.
    pub parameters: Option<Template>,
    pub result_selector: Option<Template>,
    pub assign: Option<Assign>,
    pub result_path: ResultPlace,
    pub output_path: Selection,
    /// `Output`; without it the result goes out.
    pub output: Option<Template>,
}

impl DataFlow {
    /// Reads the fields that are there. Which of them a state type may have is that type's affair.
    pub(crate) fn parse(fields: &Fields, report: &mut Report) -> DataFlow {
        if fields.language() == QueryLanguage::Jsonata {
            return DataFlow {
                parameters: fields.template("Arguments", report),
                assign: Assign::parse(fields, report),
                output: fields.template("Output", report),
                ..DataFlow::default()
            };
        }
        DataFlow {
            input_path: fields.selection("InputPath", report),
            parameters: fields.template("Parameters", report),
            result_selector: fields.template("ResultSelector", report),
            assign: Assign::parse(fields, report),
            result_path: fields.result_place("ResultPath", report),
            output_path: fields.selection("OutputPath", report),
            output: None,
        }
    }

    pub(crate) fn reads<'a>(&'a self, reads: &mut Reads<'a>) {
        for selection in [&self.input_path, &self.output_path] {
            if let Selection::At(path) = selection {
                reads.path(path);
            }
        }
        let templates = [&self.parameters, &self.result_selector, &self.output];
        templates.into_iter().flatten().for_each(|template| reads.template(template));
        reads.assign(self.assign.as_ref());
    }
}

/// `Assign`: variables and the templates of their values.
#[derive(Clone, Debug)]
pub struct Assign {
    template: Template,
    names: Vec<String>,
}

impl Assign {
    pub(crate) fn parse(fields: &Fields, report: &mut Report) -> Option<Assign> {
        let object = fields.object("Assign", report)?;
        let mut names = Vec::new();
        for key in object.object.keys() {
            let name = match fields.language() {
                QueryLanguage::JsonPath => key.strip_suffix(".$").unwrap_or(key),
                QueryLanguage::Jsonata => key,
            };
            check_name(name, &fields.field_location("Assign"), report);
            names.push(name.to_owned());
        }
        let template = fields.template("Assign", report)?;
        Some(Assign { template, names })
    }

    pub fn template(&self) -> &Template {
        &self.template
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The evaluated template is an object; its members are the variables.
    pub fn variables(value: Value) -> IndexMap<String, Value> {
        match value {
            Value::Object(members) => members.into_iter().collect(),
            _ => IndexMap::new(),
        }
    }
}

fn check_name(name: &str, location: &str, report: &mut Report) {
    const LONGEST: usize = 80;
    if name == "states" {
        let message = "Cannot assign to reserved variable '$states'.";
        return report.error(Code::ReservedVariableName, Some(location), message);
    }
    let why = if name.is_empty() || name.chars().count() > LONGEST {
        "the variable name must have 1 to 80 characters"
    } else if !is_identifier(name) {
        "the variable name contains invalid characters"
    } else {
        return;
    };
    report.error(
        Code::InvalidVariableName,
        Some(location),
        format!("Invalid variable name '{name}': {why}."),
    );
}

/// A Unicode identifier: a letter, then letters, digits and underscores.
fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(char::is_alphabetic) && chars.all(|c| c.is_alphanumeric() || c == '_')
}
