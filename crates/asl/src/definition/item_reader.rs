//! ItemReader: where a distributed Map finds its items in S3, and what it takes for one.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html>

use super::distributed::{number, parameters};
use super::fields::Fields;
use super::task::Seconds as Number;
use crate::diagnostic::Report;
use crate::template::Template;

#[derive(Clone, Debug)]
pub struct ItemReader {
    pub action: ReaderAction,
    pub parameters: Option<Template>,
    pub data: Data,
    pub csv_delimiter: char,
    /// Absent where the first row has them.
    pub csv_headers: Option<Vec<String>>,
    /// A pointer (RFC 6901) to the array within a JSON document.
    pub items_pointer: Option<String>,
    /// 0 means all.
    pub max_items: Option<Number>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReaderAction {
    GetObject,
    ListObjectsV2,
}

/// What is read of the objects that the action finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// Each object of a list is an item, for what is known of it.
    Listed,
    /// The object has the items; of a list, every object has some.
    Items(InputType),
    /// The object is the `manifest.json` of an S3 Inventory. Its rows are the items; or they name the objects that have them.
    Inventory(Option<InputType>),
    /// The object lists the files that an `UNLOAD` of Athena wrote.
    Athena(InputType),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputType {
    Json,
    JsonLines,
    Csv,
}

const CONFIG: &[&str] = &[
    "InputType",
    "Transformation",
    "ManifestType",
    "CSVDelimiter",
    "CSVHeaderLocation",
    "CSVHeaders",
    "ItemsPointer",
    "MaxItems",
    "MaxItemsPath",
];

pub(super) fn parse(reader: &Fields, report: &mut Report) -> Option<ItemReader> {
    reader.only(&[&["Resource", "Parameters", "Arguments", "ReaderConfig"]], report);
    reader.required(&["Resource"], report);
    let action = action(reader, report);
    let parameters = parameters(reader, report);
    let config = reader.object("ReaderConfig", report);
    let config = config.as_ref();
    if let Some(config) = config {
        config.only(&[CONFIG], report);
        config.at_most_one(&["MaxItems", "MaxItemsPath"], report);
    }
    let action = action?;
    Some(ItemReader {
        action,
        parameters,
        data: data(action, config, report)?,
        csv_delimiter: delimiter(config, report),
        csv_headers: config.and_then(|config| csv_headers(config, report)),
        items_pointer: config.and_then(|config| config.string("ItemsPointer", report)).map(str::to_owned),
        max_items: config.and_then(|config| number(config, "MaxItems", 0, u64::MAX, report)),
    })
}

fn action(reader: &Fields, report: &mut Report) -> Option<ReaderAction> {
    let resource = reader.string("Resource", report)?;
    let action = resource.strip_prefix("arn:").and_then(|rest| rest.split_once(":states:::s3:"));
    match action {
        Some((_, "getObject")) => Some(ReaderAction::GetObject),
        Some((_, "listObjectsV2")) => Some(ReaderAction::ListObjectsV2),
        _ => {
            let text = "The field 'Resource' does not match any of the allowed values. Examples: [arn:<partition>:states:::s3:getObject, arn:<partition>:states:::s3:listObjectsV2]";
            report.schema(&reader.field_location("Resource"), text);
            None
        }
    }
}

/// `InputType` as it is written: a manifest is one of its values.
enum Written {
    Absent,
    Manifest,
    Items(InputType),
}

fn data(action: ReaderAction, config: Option<&Fields>, report: &mut Report) -> Option<Data> {
    let written = input_type(config, report)?;
    let one_of = |name, values: &[&str], report: &mut Report| {
        config.and_then(|config| config.one_of(name, values, report).map(str::to_owned))
    };
    let transformation = one_of("Transformation", &["NONE", "LOAD_AND_FLATTEN"], report);
    let manifest = one_of("ManifestType", &["ATHENA_DATA", "S3_INVENTORY"], report);
    let is_loaded = transformation.as_deref() == Some("LOAD_AND_FLATTEN");
    let needs_type = |report: &mut Report, why: &str| {
        let location = config.map(|config| config.field_location("InputType")).unwrap_or_default();
        report.schema(&location, format!("The field 'InputType' must name the format of the data {why}"));
        None
    };
    if action == ReaderAction::ListObjectsV2 {
        return match written {
            _ if !is_loaded => Some(Data::Listed),
            Written::Items(of) => Some(Data::Items(of)),
            Written::Absent | Written::Manifest => {
                needs_type(report, "when 'Transformation' is LOAD_AND_FLATTEN")
            }
        };
    }
    match (manifest.as_deref(), written) {
        (Some("ATHENA_DATA"), Written::Items(of)) => Some(Data::Athena(of)),
        (Some("ATHENA_DATA"), _) => needs_type(report, "when 'ManifestType' is ATHENA_DATA"),
        (_, Written::Manifest) if is_loaded => {
            needs_type(report, "when 'Transformation' is LOAD_AND_FLATTEN")
        }
        (_, Written::Manifest) => Some(Data::Inventory(None)),
        (Some(_), Written::Items(of)) if is_loaded => Some(Data::Inventory(Some(of))),
        // The format of an inventory's own files stands in its manifest.
        (Some(_), _) => Some(Data::Inventory(None)),
        (None, Written::Items(of)) => Some(Data::Items(of)),
        (None, Written::Absent) => Some(Data::Items(InputType::Json)),
    }
}

fn input_type(config: Option<&Fields>, report: &mut Report) -> Option<Written> {
    let Some(config) = config.filter(|config| config.has("InputType")) else { return Some(Written::Absent) };
    match config.string("InputType", report)? {
        "JSON" => Some(Written::Items(InputType::Json)),
        "JSONL" => Some(Written::Items(InputType::JsonLines)),
        "CSV" => Some(Written::Items(InputType::Csv)),
        "MANIFEST" => Some(Written::Manifest),
        "PARQUET" => {
            let text = "The InputType 'PARQUET' is not supported by this server";
            report.schema(&config.field_location("InputType"), text);
            None
        }
        _ => {
            let text = "The field 'InputType' should have one of these values: [MANIFEST, JSON, CSV, JSONL, PARQUET]";
            report.schema(&config.field_location("InputType"), text);
            None
        }
    }
}

fn delimiter(config: Option<&Fields>, report: &mut Report) -> char {
    const NAMES: [&str; 5] = ["COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"];
    match config.and_then(|config| config.one_of("CSVDelimiter", &NAMES, report)) {
        Some("PIPE") => '|',
        Some("SEMICOLON") => ';',
        Some("SPACE") => ' ',
        Some("TAB") => '\t',
        _ => ',',
    }
}

fn csv_headers(config: &Fields, report: &mut Report) -> Option<Vec<String>> {
    let place = config.one_of("CSVHeaderLocation", &["FIRST_ROW", "GIVEN"], report);
    if place == Some("GIVEN") {
        config.required(&["CSVHeaders"], report);
    }
    let headers = config.array("CSVHeaders", report)?;
    let headers = headers.iter().map(|header| header.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
    if headers.is_none() {
        report.schema(&config.field_location("CSVHeaders"), "Expected value of type [STRING]");
    }
    headers.filter(|_| place == Some("GIVEN"))
}
