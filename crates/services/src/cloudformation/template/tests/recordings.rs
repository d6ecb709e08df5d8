//! AWS's recorded change sets, read where they stand beside the repository; without them this says so and passes.

use super::*;
use std::collections::BTreeSet;

fn recordings() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "a test is told by it where its data stands")]
    let told = std::env::var("STEPWELL_SHARED").ok().map(PathBuf::from);
    let shared = told.unwrap_or_else(|| repository().join("../shared"));
    let folder = shared.join("conformance/cases/cloudformation");
    if !folder.is_dir() {
        println!("skipped: there are no recordings in {}", folder.display());
        return None;
    }
    Some(folder)
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
}

/// Topics as the recordings write them: an ARN of their name, or of a name made up.
struct Topics<'r>(&'r IndexMap<String, Deployed>);

impl Facts for Topics<'_> {
    fn reference(&self, logical_id: &str) -> Option<Value> {
        self.0.get(logical_id).map(|topic| Value::from(topic.physical_id.clone()))
    }

    fn attribute(&self, logical_id: &str, name: &str) -> Result<Option<Value>, NoSuchAttribute> {
        Ok(self.0.get(logical_id).map(|topic| topic.properties.get(name).cloned().unwrap_or_default()))
    }

    fn import(&self, _: &str) -> Option<String> {
        None
    }
}

fn recorded_pseudo() -> PseudoParameters {
    PseudoParameters {
        region: "<region>".to_owned(),
        partition: "aws".to_owned(),
        stack_name: "<stack-name:1>".to_owned(),
        ..pseudo()
    }
}

/// The fresh digits that a request makes a name of aren't in the answers as they stand in the case.
fn plain(text: &str) -> String {
    let mut plain = text.replace("${region}", "<region>");
    for kind in ["-${uuid:", "-${name:"] {
        while let Some(start) = plain.find(kind) {
            let end = start + plain[start..].find('}').unwrap();
            plain.replace_range(start..=end, "");
        }
    }
    plain
}

struct Version {
    template: Template,
    parameters: Parameters,
}

fn version(request: &Value) -> Version {
    let template = Template::parse(&plain(request["TemplateBody"].as_str().unwrap())).unwrap();
    let given: Vec<_> = request["Parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|parameter| Given {
            key: parameter["ParameterKey"].as_str().unwrap().to_owned(),
            value: Some(plain(parameter["ParameterValue"].as_str().unwrap())),
            use_previous_value: false,
        })
        .collect();
    let parameters = bind(&template.parameters, &given, &|_| None).unwrap();
    Version { template, parameters }
}

/// A change as the recordings write it; the order of details says nothing, AWS gives either.
fn written(change: &ResourceChange) -> Value {
    let mut members = json!({
        "Action": change.action.as_str(),
        "LogicalResourceId": change.logical_id,
        "ResourceType": change.resource_type,
        "Scope": change.scope.iter().map(|attribute| attribute.as_str()).collect::<Vec<_>>(),
    });
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            members[name] = value;
        }
    };
    add("PhysicalResourceId", change.physical_id.clone().map(Value::from));
    add("Replacement", change.replacement.map(|replacement| replacement.as_str().into()));
    add("PolicyAction", change.policy_action.map(|action| action.as_str().into()));
    let json = |text: &Option<String>| text.as_ref().map(|text| serde_json::from_str(text).unwrap());
    add("BeforeContext", json(&change.before_context));
    add("AfterContext", json(&change.after_context));
    let details: BTreeSet<String> =
        change.details.iter().map(|detail| sorted(&written_detail(detail)).to_string()).collect();
    add("Details", Some(json!(details)));
    members
}

fn written_detail(detail: &change::Detail) -> Value {
    let target = &detail.target;
    let mut members = json!({
        "ChangeSource": detail.change_source.as_str(),
        "Evaluation": detail.evaluation.as_str(),
        "Target": {
            "Attribute": target.attribute.as_str(),
            "RequiresRecreation": target.requires_recreation.as_str(),
        },
    });
    if let Some(entity) = &detail.causing_entity {
        members["CausingEntity"] = entity.clone().into();
    }
    for (name, value) in [
        ("Name", target.name.clone()),
        ("Path", target.path.clone()),
        ("BeforeValue", target.before_value.clone()),
        ("AfterValue", target.after_value.clone()),
        ("AttributeChangeType", target.attribute_change.map(|change| change.as_str().to_owned())),
    ] {
        if let Some(value) = value {
            members["Target"][name] = value.into();
        }
    }
    members
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> =
                members.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            members.sort_by(|left, right| left.0.cmp(&right.0));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// The recorded change in the same form. The earlier recordings say `Replacement` of an Add, the later ones don't.
fn expected(change: &Value) -> Value {
    let mut change = change["ResourceChange"].clone();
    if change["Action"] == "Add" {
        change.as_object_mut().unwrap().remove("Replacement");
    }
    let details: BTreeSet<String> =
        change["Details"].as_array().unwrap().iter().map(|detail| sorted(detail).to_string()).collect();
    change["Details"] = json!(details);
    change
}

/// Compares the changes between two versions with the recorded ones, in both views.
fn compare(
    before: Option<&Version>,
    after: &Version,
    deployed: &IndexMap<String, Deployed>,
    steps: &[Value],
) -> Result<(), String> {
    let pseudo = recorded_pseudo();
    let after = Scope::new(&after.template, &after.parameters, &pseudo).map_err(|error| error.message())?;
    let before = before
        .map(|before| Scope::new(&before.template, &before.parameters, &pseudo))
        .transpose()
        .map_err(|error| error.message())?;
    for step in steps {
        let Some(changes) = step["expect"]["response"].get("Changes") else { continue };
        let view = if step["request"]["IncludePropertyValues"] == true { View::Values } else { View::Names };
        let comparison = Comparison {
            before: before.as_ref(),
            after: &after,
            deployed,
            facts: &Topics(deployed),
            types: &SomeTypes,
            stack_tags_changed: false,
        };
        let got = comparison.changes(view).map_err(|error| error.message())?;
        let mut got: Vec<_> = got.iter().map(written).collect();
        let mut recorded: Vec<_> = changes.as_array().unwrap().iter().map(expected).collect();
        for (got, recorded) in got.iter_mut().zip(&mut recorded) {
            // A physical name that AWS made up is another in each recording.
            if recorded["PhysicalResourceId"].as_str().is_some_and(|id| id.contains("<resource")) {
                recorded["PhysicalResourceId"] = got["PhysicalResourceId"].clone();
            }
        }
        equal(&format!("{view:?}"), &sorted(&json!(got)), &sorted(&json!(recorded)))?;
    }
    Ok(())
}

fn deploy(version: &Version) -> IndexMap<String, Deployed> {
    let pseudo = recorded_pseudo();
    let scope = Scope::new(&version.template, &version.parameters, &pseudo).unwrap();
    let mut deployed = IndexMap::new();
    for name in Graph::new(&scope).unwrap().creation_order() {
        let properties = scope.properties(name, &Topics(&deployed)).unwrap();
        let topic = properties["TopicName"].as_str().unwrap_or("made-up");
        let physical_id = format!("arn:<partition>:sns:<region>:111111111111:{topic}");
        let resource_type = version.template.resources[name].resource_type.clone();
        deployed.insert(name.to_owned(), Deployed { physical_id, resource_type, properties });
    }
    deployed
}

#[test]
fn change_sets_are_as_recorded() {
    let Some(folder) = recordings() else { return };
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    paths.retain(|path| path.to_string_lossy().contains("/change_set"));
    paths.sort();
    let mut failures = Vec::new();
    for path in &paths {
        let case: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let steps = case["steps"].as_array().unwrap();
        let creations: Vec<_> =
            (0..steps.len()).filter(|index| steps[*index]["operation"] == "CreateChangeSet").collect();
        let [first, second] = creations[..] else { continue };
        let (before, after) = (version(&steps[first]["request"]), version(&steps[second]["request"]));
        let deployed = deploy(&before);
        let told = compare(None, &before, &IndexMap::new(), &steps[first..second])
            .and_then(|()| compare(Some(&before), &after, &deployed, &steps[second..]));
        if let Err(error) = told {
            failures.push(format!("{}: {error}", case["id"]));
        }
    }
    println!("{} recorded change sets", paths.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn wrong_templates_are_refused_as_recorded() {
    let Some(folder) = recordings() else { return };
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    let mut checked = 0;
    for path in paths {
        let case: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for step in case["steps"].as_array().unwrap() {
            let expected = step["expect"]["error"]["message"].as_str();
            let (Some(body), Some(expected)) = (step["request"]["TemplateBody"].as_str(), expected) else {
                continue;
            };
            if !expected.contains("emplate") {
                continue;
            }
            let given: Vec<_> = step["request"]["Parameters"].as_array().cloned().unwrap_or_default();
            let given: Vec<_> = given
                .iter()
                .map(|parameter| Given {
                    key: parameter["ParameterKey"].as_str().unwrap().to_owned(),
                    value: parameter["ParameterValue"].as_str().map(str::to_owned),
                    use_previous_value: false,
                })
                .collect();
            let tried = Template::parse(body).and_then(|template| {
                let bound = bind(&template.parameters, &given, &|_| None)?;
                let pseudo = recorded_pseudo();
                let scope = Scope::new(&template, &bound, &pseudo)?;
                let graph = Graph::new(&scope)?;
                let nothing = IndexMap::new();
                graph.creation_order().try_for_each(|name| scope.preview(name, &Topics(&nothing)).map(|_| ()))
            });
            assert_eq!(tried.unwrap_err().message(), expected, "{}", case["id"]);
            checked += 1;
        }
    }
    println!("{checked} recorded refusals");
}

#[test]
fn templates_that_aws_took_are_taken() {
    let Some(folder) = recordings() else { return };
    let mut paths = Vec::new();
    files(folder.parent().unwrap(), &mut paths);
    let (mut taken, mut failures) = (0, Vec::new());
    for path in paths {
        let case: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for step in case["steps"].as_array().unwrap() {
            let Some(body) = step["request"]["TemplateBody"].as_str() else { continue };
            if step["expect"].get("error").is_some() {
                continue;
            }
            match Template::parse(body) {
                Ok(_) => taken += 1,
                Err(error) => failures.push(format!("{}: {}", case["id"], shown(&error))),
            }
        }
    }
    println!("{taken} recorded templates");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
