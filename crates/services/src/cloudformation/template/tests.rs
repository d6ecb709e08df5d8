//! The cases of `testdata/cloudformation`, and AWS's own recordings where they are at hand: one adapter for each kind.

use super::change::{Recreation, ResourceChange};
use super::*;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

mod hostile;
mod recordings;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The cases of a file, which is YAML as this module reads it.
fn cases(file: &str) -> Vec<Value> {
    let path = repository().join("testdata/cloudformation").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let root =
        yaml::read(&text).unwrap_or_else(|error| panic!("{}: {error} {:?}", path.display(), error.place));
    root.to_json().as_array().unwrap().clone()
}

/// Runs a check on each case; all failures are told at once.
fn each(file: &str, check: impl Fn(&Value) -> Result<(), String>) {
    let cases = cases(file);
    assert!(!cases.is_empty());
    let failures: Vec<_> = cases
        .iter()
        .filter_map(|case| check(case).err().map(|error| format!("{file}: {}: {error}", case["name"])))
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn equal(what: &str, got: &Value, expected: &Value) -> Result<(), String> {
    if got == expected { Ok(()) } else { Err(format!("{what}\n  got      {got}\n  expected {expected}")) }
}

fn shown(error: &TemplateError) -> Value {
    let place = error.place.map(|place| format!("{}:{}", place.line, place.column));
    json!({ "error": error.message(), "place": place })
}

/// Compares a result with a case's `error` (and `place`, if it tells one).
fn fails_as_told(case: &Value, error: &TemplateError) -> Result<(), String> {
    let mut got = shown(error);
    if case.get("place").is_none() {
        got["place"] = Value::Null;
    }
    equal("error", &got, &json!({ "error": case["error"], "place": case.get("place") }))
}

fn known_type(name: &str) -> bool {
    name.starts_with("AWS::") && !name.contains("::Foo::") || name.starts_with("Custom::")
}

fn pseudo() -> PseudoParameters {
    PseudoParameters {
        account_id: "123456789012".to_owned(),
        region: "eu-west-1".to_owned(),
        partition: "aws".to_owned(),
        url_suffix: "amazonaws.com".to_owned(),
        stack_id: "arn:aws:cloudformation:eu-west-1:123456789012:stack/demo/1".to_owned(),
        stack_name: "demo".to_owned(),
        notification_arns: vec!["arn:aws:sns:eu-west-1:123456789012:n".to_owned()],
    }
}

fn given(parameters: &Value) -> Vec<Given> {
    let members = parameters.as_object().cloned().unwrap_or_default();
    members
        .into_iter()
        .map(|(key, value)| match value {
            Value::Object(_) => Given { key, value: None, use_previous_value: true },
            value => Given { key, value: node::value_text(&value), use_previous_value: false },
        })
        .collect()
}

/// What a case says of the world: `Queue` is a reference, `Queue.Arn` an attribute, `export:name` an import.
struct World(Map<String, Value>);

impl World {
    fn of(case: &Value) -> Self {
        Self(case.get("facts").and_then(Value::as_object).cloned().unwrap_or_default())
    }
}

impl Facts for World {
    fn reference(&self, logical_id: &str) -> Option<Value> {
        self.0.get(logical_id).cloned()
    }

    fn attribute(&self, logical_id: &str, name: &str) -> Result<Option<Value>, NoSuchAttribute> {
        if name == "Nonsense" {
            return Err(NoSuchAttribute);
        }
        Ok(self.0.get(&format!("{logical_id}.{name}")).cloned())
    }

    fn import(&self, name: &str) -> Option<String> {
        self.0.get(&format!("export:{name}")).and_then(node::value_text)
    }
}

fn text<'c>(case: &'c Value, member: &str) -> &'c str {
    case[member].as_str().unwrap_or_else(|| panic!("case {} has no {member}", case["name"]))
}

#[test]
fn a_wrong_template_is_told_so_in_awss_words() {
    each("errors.yaml", |case| {
        let parsed = Template::parse(text(case, "template")).and_then(|template| {
            template.deployable(&known_type)?;
            Ok(template)
        });
        match parsed {
            Ok(_) => Err("is accepted".to_owned()),
            Err(error) => fails_as_told(case, &error),
        }
    });
}

#[test]
fn yaml_means_what_aws_takes_it_for() {
    each("yaml.yaml", |case| match (yaml::read(text(case, "yaml")), case.get("error")) {
        (Ok(node), None) => equal("value", &node.to_json(), &case["value"]),
        (Err(error), Some(_)) => fails_as_told(case, &error),
        (Ok(node), Some(_)) => Err(format!("is accepted: {}", node.to_json())),
        (Err(error), None) => Err(shown(&error).to_string()),
    });
}

#[test]
fn parameters_get_their_values() {
    each("parameters.yaml", |case| {
        let template = Template::parse(text(case, "template"));
        let previous = case.get("previous").cloned().unwrap_or_default();
        let bound = template.and_then(|template| {
            bind(&template.parameters, &given(&case["given"]), &|name| node::value_text(&previous[name]))
        });
        match (bound, case.get("error")) {
            (Ok(bound), None) => {
                let values: Map<_, _> =
                    bound.iter().map(|(name, bound)| (name.clone(), bound.value.clone())).collect();
                equal("values", &Value::Object(values), &case["values"])?;
                let hidden: Vec<_> = bound
                    .iter()
                    .filter(|(_, bound)| bound.shown() == "****")
                    .map(|(name, _)| name.clone())
                    .collect();
                equal("hidden", &json!(hidden), case.get("hidden").unwrap_or(&json!([])))
            }
            (Err(error), Some(_)) => fails_as_told(case, &error),
            (Ok(_), Some(_)) => Err("is accepted".to_owned()),
            (Err(error), None) => Err(shown(&error).to_string()),
        }
    });
}

/// A template with its parameters bound, and what the case says of the world.
fn scoped<T>(
    case: &Value,
    template: &str,
    given_member: &str,
    with: impl FnOnce(&Scope<'_>) -> Result<T, TemplateError>,
) -> Result<T, TemplateError> {
    let template = Template::parse(text(case, template))?;
    let bound = bind(&template.parameters, &given(&case[given_member]), &|_| None)?;
    let pseudo = pseudo();
    with(&Scope::new(&template, &bound, &pseudo)?)
}

/// As much of the values as the case asks for.
fn resolved(case: &Value) -> Result<Value, TemplateError> {
    let world = World::of(case);
    scoped(case, "template", "given", |scope| {
        let mut got = Map::new();
        if case.get("conditions").is_some() {
            let names = scope.template.conditions.keys();
            let decided: Map<_, _> = names.map(|name| (name.clone(), json!(scope.condition(name)))).collect();
            got.insert("conditions".to_owned(), Value::Object(decided));
        }
        Graph::new(scope)?;
        let strictly = case.get("preview").is_none();
        let mut properties = Map::new();
        for (name, _) in scope.active() {
            let value =
                if strictly { scope.properties(name, &world)? } else { scope.preview(name, &world)? };
            properties.insert(name.to_owned(), value);
        }
        if case.get("properties").is_some() {
            got.insert("properties".to_owned(), Value::Object(properties));
        }
        if strictly {
            let outputs = scope.outputs(&world)?.into_iter().map(|output| {
                let value = match output.export_name {
                    Some(export) => json!({ "value": output.value, "export": export }),
                    None => json!(output.value),
                };
                (output.key, value)
            });
            let outputs: Map<_, _> = outputs.collect();
            if case.get("outputs").is_some() {
                got.insert("outputs".to_owned(), Value::Object(outputs));
            }
        }
        Ok(Value::Object(got))
    })
}

#[test]
fn values_are_resolved() {
    each("values.yaml", |case| match (resolved(case), case.get("error")) {
        (Ok(got), None) => {
            let mut told = Map::new();
            for member in ["conditions", "properties", "outputs"] {
                told.extend(case.get(member).map(|value| (member.to_owned(), value.clone())));
            }
            equal("values", &got, &Value::Object(told))
        }
        (Err(error), Some(_)) => fails_as_told(case, &error),
        (Ok(got), Some(_)) => Err(format!("comes to {got}")),
        (Err(error), None) => Err(shown(&error).to_string()),
    });
}

#[test]
fn resources_stand_in_order() {
    each("order.yaml", |case| match (scoped(case, "template", "given", Graph::new), case.get("error")) {
        (Ok(graph), None) => {
            equal("waves", &json!(graph.waves()), &case["waves"])?;
            let mut backwards: Vec<_> = graph.creation_order().collect();
            backwards.reverse();
            equal("deletion", &json!(graph.deletion_order().collect::<Vec<_>>()), &json!(backwards))?;
            for name in graph.creation_order() {
                for needed in graph.dependencies(name) {
                    assert!(graph.dependents(needed).any(|dependent| dependent == name));
                }
            }
            Ok(())
        }
        (Err(error), Some(_)) => fails_as_told(case, &error),
        (Ok(graph), Some(_)) => Err(format!("is accepted: {:?}", graph.waves())),
        (Err(error), None) => Err(shown(&error).to_string()),
    });
}

#[test]
fn a_template_is_summed_up() {
    each("summary.yaml", |case| {
        let template = Template::parse(text(case, "template")).map_err(|error| error.message())?;
        let Summary {
            parameters,
            description,
            capabilities,
            capabilities_reason,
            resource_types,
            version,
            metadata,
            declared_transforms,
            resources_by_type,
        } = template.summary();
        let parameters: Vec<_> = parameters
            .into_iter()
            .map(|parameter| {
                json!({
                    "key": parameter.key, "default": parameter.default, "type": parameter.parameter_type,
                    "no_echo": parameter.no_echo, "description": parameter.description,
                    "allowed": parameter.allowed_values,
                })
            })
            .collect();
        let by_type: Map<_, _> =
            resources_by_type.into_iter().map(|(name, ids)| (name, json!(ids))).collect();
        let whole = json!({
            "parameters": parameters, "description": description, "capabilities": capabilities,
            "reason": capabilities_reason, "types": resource_types, "version": version, "metadata": metadata,
            "transforms": declared_transforms, "by_type": by_type,
        });
        let expected = case["summary"].as_object().unwrap();
        expected.iter().try_for_each(|(member, value)| equal(member, &whole[member], value))?;
        let given = case.get("acknowledged").and_then(Value::as_array).cloned().unwrap_or_default();
        let given: Vec<_> = given.iter().filter_map(Value::as_str).collect();
        let refused = capabilities::check(&template, &given).err();
        equal(
            "refused",
            &json!(refused.map(|error| format!("{}: {error}", error.code()))),
            case.get("refused").unwrap_or(&Value::Null),
        )
    });
}

/// Types of which `…Name`, `Type` and `Maybe` are special.
struct SomeTypes;

impl Types for SomeTypes {
    fn recreation(&self, _: &str, property: &str) -> Recreation {
        match property {
            "Maybe" => Recreation::Conditionally,
            "Type" => Recreation::Always,
            _ if property.ends_with("Name") && property != "DisplayName" => Recreation::Always,
            _ => Recreation::Never,
        }
    }

    fn taggable(&self, resource_type: &str) -> bool {
        resource_type != "AWS::SNS::Subscription"
    }
}

/// A change in one line, each detail in one more.
fn lines(change: &ResourceChange) -> Value {
    let word = |word: Option<&'static str>| word.map(|word| format!(" {word}")).unwrap_or_default();
    let scope: Vec<_> = change.scope.iter().map(|attribute| attribute.as_str()).collect();
    let head = format!(
        "{} {}{}{} [{}]",
        change.action.as_str(),
        change.logical_id,
        word(change.replacement.map(change::Replacement::as_str)),
        word(change.policy_action.map(change::PolicyAction::as_str)),
        scope.join(" ")
    );
    let details = change.details.iter().map(|detail| {
        let target = &detail.target;
        let mut line = format!(
            "{} {} {} {}",
            target.path.as_deref().or(target.name.as_deref()).unwrap_or(target.attribute.as_str()),
            target.requires_recreation.as_str(),
            detail.change_source.as_str(),
            detail.evaluation.as_str(),
        );
        line.extend(detail.causing_entity.iter().map(|entity| format!(" by {entity}")));
        if let Some(how) = target.attribute_change {
            line.push_str(&format!(": {} {:?} {:?}", how.as_str(), target.before_value, target.after_value));
        }
        line.replace("Some(", "").replace("\")", "\"")
    });
    let contexts = [("before", &change.before_context), ("after", &change.after_context)]
        .into_iter()
        .filter_map(|(name, context)| context.as_ref().map(|context| format!("{name} {context}")));
    json!(std::iter::once(head).chain(details).chain(contexts).collect::<Vec<_>>())
}

fn compared(case: &Value, view: View) -> Result<(Value, bool), TemplateError> {
    let world = World::of(case);
    scoped(case, "before", "given", |before| {
        let mut deployed = IndexMap::new();
        for (name, resource) in before.active() {
            let properties = before.properties(name, &world)?;
            let resource_type = resource.resource_type.clone();
            deployed.insert(
                name.to_owned(),
                Deployed { physical_id: format!("{name}-id"), resource_type, properties },
            );
        }
        let given = if case.get("given_after").is_some() { "given_after" } else { "given" };
        scoped(case, "after", given, |after| {
            let comparison = Comparison {
                before: Some(before),
                after,
                deployed: &deployed,
                facts: &world,
                types: &SomeTypes,
                stack_tags_changed: case.get("stack_tags_changed").is_some(),
            };
            let changes = comparison.changes(view)?;
            Ok((changes.iter().map(lines).collect(), comparison.outputs_changed()?))
        })
    })
}

#[test]
fn changes_are_told_with_their_reasons() {
    each("changes.yaml", |case| {
        for (member, view) in [("names", View::Names), ("values", View::Values)] {
            match (compared(case, view), case.get("error")) {
                (Ok((changes, outputs_changed)), None) => {
                    if let Some(expected) = case.get(member) {
                        equal(member, &changes, expected)?;
                    }
                    equal(
                        "outputs",
                        &json!(outputs_changed),
                        case.get("outputs_changed").unwrap_or(&json!(false)),
                    )?;
                }
                (Err(error), Some(_)) => fails_as_told(case, &error)?,
                (Ok((changes, _)), Some(_)) => return Err(format!("comes to {changes}")),
                (Err(error), None) => return Err(shown(&error).to_string()),
            }
        }
        Ok(())
    });
}
