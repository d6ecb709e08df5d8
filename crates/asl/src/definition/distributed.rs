//! What a distributed Map has beyond an inline one: where its items come from, how they are batched, where results go, how
//! many failures it stands, and the definition that each of its child executions runs.

use std::sync::Arc;

use serde_json::{Map as Object, Value};

use super::fields::Fields;
use super::item_reader::{self, ItemReader};
use super::task::Seconds as Number;
use super::{QueryLanguage, Reads};
use crate::diagnostic::Report;
use crate::jsonata;
use crate::path::Path;
use crate::template::Template;

#[derive(Clone, Debug)]
pub struct Distributed {
    pub is_express: bool,
    /// A part of the names of its runs and of their executions; `None` leaves it to whoever starts them.
    pub label: Option<String>,
    pub reader: Option<ItemReader>,
    pub batcher: Option<ItemBatcher>,
    pub writer: Option<ResultWriter>,
    pub tolerated_count: Option<Number>,
    pub tolerated_percentage: Option<Percentage>,
    /// The definition of the child executions, as JSON text.
    pub processor: Arc<str>,
}

/// A number from 0 to 100, given or to be read.
#[derive(Clone, Debug)]
pub enum Percentage {
    Literal(f64),
    Path(Path),
    Jsonata(jsonata::Expression),
}

#[derive(Clone, Debug)]
pub struct ItemBatcher {
    pub max_items: Option<Number>,
    pub max_bytes: Option<Number>,
    pub batch_input: Option<Template>,
}

#[derive(Clone, Debug)]
pub struct ResultWriter {
    /// `Bucket` and `Prefix`, where results go to S3; otherwise they are the state's output.
    pub parameters: Option<Template>,
    pub transformation: Transformation,
    pub is_lines: bool,
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transformation {
    /// With what is known of each child execution.
    None,
    /// Their outputs alone.
    Compact,
    /// Their outputs; those that are arrays are taken apart.
    Flatten,
}

const LONGEST_LABEL: usize = 40;
const NOT_IN_LABELS: &str = "?*<>{}[]:;,\\|^~$#%&`\"";
/// AWS's bound of one batch and of one state's input.
const MOST_BATCH_BYTES: u64 = 262_144;

/// `machine` is the language of the whole definition, which is that of the children.
pub(super) fn parse(
    fields: &Fields,
    processor: &Fields,
    machine: QueryLanguage,
    report: &mut Report,
) -> Option<Distributed> {
    let found_before = report.len();
    let config = processor.object("ProcessorConfig", report)?;
    let label = label(fields, report);
    let reader = fields.object("ItemReader", report).and_then(|reader| item_reader::parse(&reader, report));
    let batcher = fields.object("ItemBatcher", report).map(|batcher| item_batcher(&batcher, report));
    let writer = fields.object("ResultWriter", report).map(|writer| result_writer(&writer, report));
    let tolerated_count = number(fields, "ToleratedFailureCount", 0, u64::MAX, report);
    let tolerated_percentage = percentage(fields, report);
    (report.len() == found_before).then(|| Distributed {
        is_express: config.get("ExecutionType").and_then(Value::as_str) == Some("EXPRESS"),
        label,
        reader,
        batcher,
        writer,
        tolerated_count,
        tolerated_percentage,
        processor: definition(processor, machine).into(),
    })
}

/// The processor as a state machine of its own.
fn definition(processor: &Fields, machine: QueryLanguage) -> String {
    let members = ["StartAt", "States", "Comment"].into_iter();
    let members = members.filter_map(|name| Some((name.to_owned(), processor.get(name)?.clone())));
    let mut definition = members.collect::<Object<String, Value>>();
    if machine == QueryLanguage::Jsonata {
        definition.insert("QueryLanguage".to_owned(), machine.as_str().into());
    }
    Value::Object(definition).to_string()
}

fn percentage(fields: &Fields, report: &mut Report) -> Option<Percentage> {
    const FIELD: &str = "ToleratedFailurePercentage";
    if fields.is_jsonata(FIELD) {
        return fields.jsonata(FIELD, report).map(Percentage::Jsonata);
    }
    match fields.number(FIELD, 0.0, 100.0, report) {
        Some(percentage) => Some(Percentage::Literal(percentage)),
        None => fields.reference_path("ToleratedFailurePercentagePath", report).map(Percentage::Path),
    }
}

/// What a call of S3 is given, as the language calls it.
pub(super) fn parameters(holder: &Fields, report: &mut Report) -> Option<Template> {
    holder.of_own_language(report);
    match holder.language() {
        QueryLanguage::JsonPath => holder.template("Parameters", report),
        QueryLanguage::Jsonata => holder.template("Arguments", report),
    }
}

fn label(fields: &Fields, report: &mut Report) -> Option<String> {
    let label = fields.string("Label", report)?;
    let location = fields.field_location("Label");
    let wrong =
        |letter: char| letter.is_control() || letter.is_whitespace() || NOT_IN_LABELS.contains(letter);
    if label.is_empty() {
        report.schema(&location, "Label cannot be empty");
    } else if let Some(letter) = label.chars().find(|letter| wrong(*letter)) {
        report.schema(&location, format!("Label contains invalid character: '{}'", letter.escape_debug()));
    } else if label.chars().count() > LONGEST_LABEL {
        report.schema(&location, format!("Label cannot exceed {LONGEST_LABEL} characters"));
    }
    Some(label.to_owned())
}

/// A field whose value is given, or read by the path in the field of that name with `Path` at its end.
pub(super) fn number(
    fields: &Fields,
    name: &str,
    least: u64,
    most: u64,
    report: &mut Report,
) -> Option<Number> {
    if fields.is_jsonata(name) {
        return fields.jsonata(name, report).map(Number::Jsonata);
    }
    match fields.integer(name, least, most, report) {
        Some(number) => Some(Number::Literal(number)),
        None => fields.reference_path(&format!("{name}Path"), report).map(Number::Path),
    }
}

fn item_batcher(batcher: &Fields, report: &mut Report) -> ItemBatcher {
    const FIELDS: &[&str] = &[
        "BatchInput",
        "MaxItemsPerBatch",
        "MaxItemsPerBatchPath",
        "MaxInputBytesPerBatch",
        "MaxInputBytesPerBatchPath",
    ];
    batcher.only(&[FIELDS], report);
    ItemBatcher {
        max_items: number(batcher, "MaxItemsPerBatch", 1, u64::MAX, report),
        max_bytes: number(batcher, "MaxInputBytesPerBatch", 1, MOST_BATCH_BYTES, report),
        batch_input: batcher.template("BatchInput", report),
    }
}

fn result_writer(writer: &Fields, report: &mut Report) -> ResultWriter {
    writer.only(&[&["Resource", "Parameters", "Arguments", "WriterConfig"]], report);
    let is_exported = writer.has("Resource");
    if let Some(resource) = writer.string("Resource", report)
        && !(resource.starts_with("arn:") && resource.ends_with(":states:::s3:putObject"))
    {
        let text = "The field 'Resource' does not match any of the allowed values. Examples: [arn:<partition>:states:::s3:putObject]";
        report.schema(&writer.field_location("Resource"), text);
    }
    let parameters = parameters(writer, report).filter(|_| is_exported);
    let config = writer.object("WriterConfig", report);
    let transformation = config
        .as_ref()
        .and_then(|config| config.one_of("Transformation", &["NONE", "COMPACT", "FLATTEN"], report));
    let output_type =
        config.as_ref().and_then(|config| config.one_of("OutputType", &["JSON", "JSONL"], report));
    ResultWriter {
        transformation: match transformation {
            Some("NONE") => Transformation::None,
            Some("FLATTEN") => Transformation::Flatten,
            // What stays in the state's output is compact by default.
            None if parameters.is_some() => Transformation::None,
            _ => Transformation::Compact,
        },
        is_lines: output_type == Some("JSONL"),
        parameters,
    }
}

impl Distributed {
    pub(super) fn reads<'a>(&'a self, reads: &mut Reads<'a>) {
        let mut numbers = vec![&self.tolerated_count];
        let mut templates = Vec::new();
        if let Some(reader) = &self.reader {
            numbers.push(&reader.max_items);
            templates.push(&reader.parameters);
        }
        if let Some(batcher) = &self.batcher {
            numbers.extend([&batcher.max_items, &batcher.max_bytes]);
            templates.push(&batcher.batch_input);
        }
        templates.extend(self.writer.as_ref().map(|writer| &writer.parameters));
        numbers.into_iter().flatten().for_each(|number| number.reads(reads));
        match &self.tolerated_percentage {
            Some(Percentage::Path(path)) => reads.path(path),
            Some(Percentage::Jsonata(expression)) => reads.jsonata(expression),
            Some(Percentage::Literal(_)) | None => {}
        }
        templates.into_iter().flatten().for_each(|template| reads.template(template));
    }
}
