//! Checks lines against the published schema, as far as that schema goes: references, types,
//! constants, enumerations, patterns by name, required and unknown properties, items.

use serde_json::Value;

const SCHEMA: &str = include_str!("../../../docs/report-jsonl.schema.json");

/// What is wrong with a line, with its path; empty when nothing is.
pub fn faults(line: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let kind = line["type"].as_str().unwrap();
    let branches = schema["oneOf"].as_array().unwrap();
    let reference = format!("#/$defs/{kind}");
    assert!(
        branches.iter().any(|branch| branch["$ref"] == reference),
        "no {kind} in the schema"
    );
    let mut faults = Vec::new();
    check(
        &schema,
        &schema["$defs"][kind],
        line,
        kind.to_owned(),
        &mut faults,
    );
    faults
}

fn check(root: &Value, schema: &Value, value: &Value, path: String, faults: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.strip_prefix("#/$defs/").unwrap();
        assert!(root["$defs"][name].is_object(), "no {name}");
        return check(root, &root["$defs"][name], value, path, faults);
    }
    if let Some(branches) = schema["anyOf"].as_array() {
        let fits = branches.iter().any(|branch| {
            let mut faults = Vec::new();
            check(root, branch, value, path.clone(), &mut faults);
            faults.is_empty()
        });
        if !fits {
            faults.push(format!("{path}: fits nothing"));
        }
        return;
    }
    if schema
        .get("const")
        .is_some_and(|constant| constant != value)
    {
        faults.push(format!("{path}: not the constant"));
    }
    if schema["enum"]
        .as_array()
        .is_some_and(|values| !values.contains(value))
    {
        faults.push(format!("{path}: not in the enumeration"));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    match &schema["type"] {
        Value::String(wanted) if wanted != kind => {
            faults.push(format!("{path}: {kind}, not {wanted}"));
        }
        Value::Array(wanted) if !wanted.contains(&kind.into()) => {
            faults.push(format!("{path}: {kind}, not any of {wanted:?}"));
        }
        _ => {}
    }
    for item in value.as_array().into_iter().flatten() {
        check(root, &schema["items"], item, format!("{path}[]"), faults);
    }
    let Some(object) = value.as_object() else {
        return;
    };
    for name in schema["required"].as_array().into_iter().flatten() {
        if !object.contains_key(name.as_str().unwrap()) {
            faults.push(format!("{path}: no {name}"));
        }
    }
    for (name, member) in object {
        match schema["properties"].get(name) {
            Some(property) => check(root, property, member, format!("{path}.{name}"), faults),
            None => faults.push(format!("{path}: unknown {name}")),
        }
    }
}
