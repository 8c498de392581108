//! The shape of pack files as a JSON Schema, for editors that check and complete TOML.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::pack::PackFile;

/// A JSON Schema (draft 2020-12) of pack files. It tells keys, types and needed fields; what takes
/// more than a look at one value (ranges of codes, what a kind of rule needs) is checked by
/// [`Pack::parse`](super::Pack::parse) and [`PolicySet::new`](super::PolicySet::new).
pub fn pack_schema() -> Value {
    let generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    let mut schema = generator.into_root_schema_for::<PackFile>().to_value();
    if let Some(root) = schema.as_object_mut() {
        root.insert("title".into(), json!("kx837 policy pack"));
    }
    tidy(&mut schema);
    allow_defaults(&mut schema);
    schema
}

/// What a policy needs may stand in `[defaults]`, which has the keys of policies.
fn allow_defaults(schema: &mut Value) {
    let row = &mut schema["$defs"]["PolicyRow"];
    let needed = std::mem::replace(&mut row["required"], json!(OWN));
    let mut keys = row["properties"].clone();
    if let Some(keys) = keys.as_object_mut() {
        keys.retain(|key, _| !OWN.contains(&key.as_str()) && key != "example");
    }
    let defaults = &mut schema["properties"]["defaults"];
    defaults["properties"] = keys;
    defaults["additionalProperties"] = json!(false);
    schema["if"] = json!({ "required": ["defaults"] });
    schema["else"] = json!({ "properties": { "policy": { "items": { "required": needed } } } });
}

/// Keys that every policy has for itself.
const OWN: &[&str] = &["id", "title"];

/// Absent values are left out in TOML, which has no null; line breaks of comments are none in a
/// description.
fn tidy(value: &mut Value) {
    match value {
        Value::Object(object) => {
            tidy_object(object);
            object.values_mut().for_each(tidy);
        }
        Value::Array(list) => list.iter_mut().for_each(tidy),
        _ => {}
    }
}

fn tidy_object(object: &mut Map<String, Value>) {
    if let Some(Value::String(text)) = object.get_mut("description") {
        *text = text.replace('\n', " ");
    }
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = &types[..] {
            let only = only.clone();
            object.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
        if let [Value::Object(only)] = &choices[..] {
            let only = only.clone();
            object.remove("anyOf");
            for (key, value) in only {
                object.entry(key).or_insert(value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_packs_and_no_others() {
        let schema = pack_schema();
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(schema["required"], json!(["pack"]));
        let policy = &schema["$defs"]["PolicyRow"];
        assert_eq!(policy["additionalProperties"], false);
        assert_eq!(policy["properties"]["codes"]["items"]["type"], "string");
        assert_eq!(policy["properties"]["from"]["type"], "string");
        assert_eq!(policy["properties"]["from"]["format"], "date");
        assert_eq!(policy["required"], json!(["id", "title"]));
        let defaults = &schema["properties"]["defaults"];
        assert!(defaults["properties"]["advice"].is_object());
        assert!(defaults["properties"]["id"].is_null());
        let description = &policy["properties"]["advice"]["description"];
        assert_eq!(description, "What to do, in the imperative.");
        assert!(!schema.to_string().contains(":null"), "{schema}");
    }
}
