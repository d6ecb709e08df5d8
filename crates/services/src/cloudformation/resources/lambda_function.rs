//! `AWS::Lambda::Function`. `Ref` is its name.
//!
//! It is ready when Lambda has made it so. An update of configuration and code takes two steps, since Lambda makes a
//! function ready after each; [`Handler::settled`] sees which is left to do from what the function is by then.

use super::wanted::scalar;
use super::{Before, Handler, Made, Problem, Property, ResourceType, Sdk, Settled, Wanted, unless_gone};
use crate::calls::{self, operations as op};
use crate::context::Context;
use crate::tx::Tx;
use serde_json::{Map, Value, json};

pub const TYPE: ResourceType = ResourceType {
    name: NAME,
    sdk: Sdk::Two("Lambda"),
    properties: &[
        Property::list("Architectures"),
        Property::map("Code").required(),
        Property::map("DeadLetterConfig"),
        Property::text("Description"),
        Property::map("Environment"),
        Property::map("EphemeralStorage"),
        Property::text("FunctionName").fixed(),
        Property::text("Handler"),
        Property::text("KmsKeyArn"),
        Property::list("Layers"),
        Property::map("LoggingConfig"),
        Property::integer("MemorySize"),
        Property::text("PackageType").fixed(),
        Property::integer("ReservedConcurrentExecutions"),
        Property::text("Role").required(),
        Property::text("Runtime"),
        Property::map("SnapStart"),
        Property::list("Tags"),
        Property::integer("Timeout"),
        Property::map("TracingConfig"),
        Property::map("VpcConfig"),
    ],
    attributes: &["Arn", "SnapStartResponse.ApplyOn", "SnapStartResponse.OptimizationStatus"],
    named_by: Some("FunctionName"),
    has_system_tags: true,
    handler: &Function,
};

const NAME: &str = "AWS::Lambda::Function";

struct Function;

impl Handler for Function {
    fn create(&self, wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<Made, Problem> {
        let name = wanted.name("FunctionName", 64);
        let found = calls::ask::<op::GetFunctionConfiguration>(json!({"FunctionName": name}), tx, context);
        if calls::is_there(found)? {
            return Err(Problem::already_exists(NAME, &name));
        }
        let mut input = configuration(&wanted.properties);
        for member in ["Architectures", "PackageType"] {
            if let Some(value) = wanted.properties.get(member) {
                input.insert(member.to_owned(), value.clone());
            }
        }
        input.insert("FunctionName".to_owned(), Value::from(name));
        input.insert("Code".to_owned(), Value::Object(code(&wanted.properties)?));
        input.insert("Tags".to_owned(), wanted.tag_map());
        let output = calls::call::<op::CreateFunction>(Value::Object(input), tx, context)?;
        let made = made(&output);
        if let Some(reserved) = wanted.properties.get("ReservedConcurrentExecutions") {
            reserve(&made.physical_id, Some(reserved), tx, context)?;
        }
        Ok(made)
    }

    fn update(
        &self,
        before: &Before,
        wanted: &Wanted,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<Made, Problem> {
        let name = &before.physical_id;
        let (old, new) = (configuration(&before.properties), configuration(&wanted.properties));
        // After an update that failed, the same configuration again is what brings the function back.
        let has_failed = state(name, tx, context)?["LastUpdateStatus"] == "Failed";
        if old != new || has_failed {
            let mut input = new;
            for (member, default) in defaults() {
                if old.contains_key(member) {
                    input.entry(member).or_insert(default);
                }
            }
            input.insert("FunctionName".to_owned(), Value::from(name.as_str()));
            calls::call::<op::UpdateFunctionConfiguration>(Value::Object(input), tx, context)?;
        }
        let reserved = "ReservedConcurrentExecutions";
        if before.properties.get(reserved) != wanted.properties.get(reserved) {
            reserve(name, wanted.properties.get(reserved), tx, context)?;
        }
        let (set, gone) = wanted.tag_changes(&before.tags);
        let arn = before.attribute("Arn");
        if !gone.is_empty() {
            calls::call::<op::UntagFunction>(json!({"Resource": arn, "TagKeys": gone}), tx, context)?;
        }
        if !set.is_empty() {
            let tags: Map<_, _> = set.into_iter().map(|(key, value)| (key, Value::from(value))).collect();
            calls::call::<op::TagFunction>(json!({"Resource": arn, "Tags": tags}), tx, context)?;
        }
        Ok(made(&state(name, tx, context)?))
    }

    fn delete(&self, before: &Before, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
        let input = json!({"FunctionName": before.physical_id});
        unless_gone(calls::call::<op::DeleteFunction>(input, tx, context))?;
        Ok(())
    }

    fn settled(&self, made: &Before, tx: &mut Tx, context: &mut Context) -> Result<Settled, Problem> {
        let name = &made.physical_id;
        let waits = || Settled::Waits(made.attribute("Arn").to_owned());
        let state = state(name, tx, context)?;
        let failure = |member: &str| {
            let reason = state[member].as_str().unwrap_or("no reason was given");
            Problem::handler(format!("Function {name} did not stabilize: {reason}"), "NotStabilized")
        };
        match (state["State"].as_str(), state["LastUpdateStatus"].as_str()) {
            (Some("Failed"), _) => Err(failure("StateReason")),
            (_, Some("Failed")) => Err(failure("LastUpdateStatusReason")),
            (Some("Pending"), _) | (_, Some("InProgress")) => Ok(waits()),
            _ if self.has_code(&made.properties, &state, tx, context)? => Ok(Settled::Ready),
            _ => {
                let mut input = code(&made.properties)?;
                input.insert("FunctionName".to_owned(), Value::from(name.as_str()));
                if let Some(architectures) = made.properties.get("Architectures") {
                    input.insert("Architectures".to_owned(), architectures.clone());
                }
                calls::call::<op::UpdateFunctionCode>(Value::Object(input), tx, context)?;
                Ok(waits())
            }
        }
    }
}

impl Function {
    /// Whether a function has the code that its template says.
    fn has_code(
        &self,
        properties: &Map<String, Value>,
        state: &Value,
        tx: &Tx,
        context: &Context,
    ) -> Result<bool, Problem> {
        let architectures = properties.get("Architectures");
        if architectures.is_some_and(|wanted| *wanted != state["Architectures"]) {
            return Ok(false);
        }
        let code = code(properties)?;
        let member = |name: &str| code.get(name).and_then(Value::as_str);
        let wanted = match (member("ZipFile"), member("S3Bucket").zip(member("S3Key"))) {
            (Some(package), _) => calls::sha256_of_package(package),
            (None, Some((bucket, key))) => calls::sha256_of_code(bucket, key, tx, context)?,
            (None, None) => None,
        };
        Ok(wanted.is_none_or(|wanted| state["CodeSha256"] == wanted))
    }
}

fn state(name: &str, tx: &Tx, context: &mut Context) -> Result<Value, Problem> {
    Ok(calls::ask::<op::GetFunctionConfiguration>(json!({"FunctionName": name}), tx, context)?)
}

fn made(state: &Value) -> Made {
    let name = state["FunctionName"].as_str().unwrap_or_default();
    let snap_start = |member: &str| state["SnapStart"][member].clone();
    let attributes = [
        ("Arn", state["FunctionArn"].clone()),
        ("SnapStartResponse.ApplyOn", snap_start("ApplyOn")),
        ("SnapStartResponse.OptimizationStatus", snap_start("OptimizationStatus")),
    ];
    Made::new(name, attributes)
}

/// What CreateFunction and UpdateFunctionConfiguration take alike, in Lambda's spelling.
fn configuration(properties: &Map<String, Value>) -> Map<String, Value> {
    let mut input = Map::new();
    for (name, value) in properties {
        let member = match name.as_str() {
            "KmsKeyArn" => "KMSKeyArn",
            "DeadLetterConfig" | "Description" | "Environment" | "EphemeralStorage" | "Handler"
            | "Layers" | "LoggingConfig" | "MemorySize" | "Role" | "Runtime" | "SnapStart" | "Timeout"
            | "TracingConfig" | "VpcConfig" => name.as_str(),
            _ => continue,
        };
        let value = match name.as_str() {
            "Environment" => environment(value),
            "EphemeralStorage" => json!({"Size": number(&value["Size"])}),
            _ => value.clone(),
        };
        input.insert(member.to_owned(), value);
    }
    input
}

/// Variables are texts, whatever a template writes.
fn environment(value: &Value) -> Value {
    let variables = value.get("Variables").and_then(Value::as_object).into_iter().flatten();
    let texts: Map<_, _> =
        variables.map(|(name, value)| (name.clone(), Value::from(scalar(value)))).collect();
    json!({ "Variables": texts })
}

fn number(value: &Value) -> Value {
    let parsed = value.as_str().and_then(|text| text.trim().parse::<i64>().ok());
    parsed.map_or_else(|| value.clone(), Value::from)
}

/// What a member becomes that an update leaves out.
fn defaults() -> [(&'static str, Value); 11] {
    [
        ("DeadLetterConfig", json!({"TargetArn": ""})),
        ("Description", json!("")),
        ("Environment", json!({"Variables": {}})),
        ("EphemeralStorage", json!({"Size": 512})),
        ("KMSKeyArn", json!("")),
        ("Layers", json!([])),
        ("LoggingConfig", json!({"LogFormat": "Text"})),
        ("MemorySize", json!(128)),
        ("SnapStart", json!({"ApplyOn": "None"})),
        ("Timeout", json!(3)),
        ("TracingConfig", json!({"Mode": "PassThrough"})),
    ]
}

/// The code as CreateFunction takes it. Inline code becomes an archive with one file.
fn code(properties: &Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    let mut code = properties.get("Code").and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(text) = code.get("ZipFile").map(scalar) {
        let runtime = properties.get("Runtime").and_then(Value::as_str).unwrap_or_default();
        if !(runtime.starts_with("nodejs") || runtime.starts_with("python")) {
            let message = "ZipFile can only be used when Runtime is set to either of nodejs, python";
            return Err(Problem::invalid_request(message));
        }
        code.insert("ZipFile".to_owned(), Value::from(calls::inline_package(runtime, &text)?));
    }
    Ok(code)
}

fn reserve(name: &str, reserved: Option<&Value>, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
    match reserved {
        Some(reserved) => {
            let input = json!({"FunctionName": name, "ReservedConcurrentExecutions": reserved});
            calls::call::<op::PutFunctionConcurrency>(input, tx, context)?;
        }
        None => {
            let input = json!({"FunctionName": name});
            calls::call::<op::DeleteFunctionConcurrency>(input, tx, context)?;
        }
    }
    Ok(())
}
