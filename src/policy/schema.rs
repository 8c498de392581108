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
    share(&mut schema);
    schema
}

/// `[defaults]` holds fields of policies, so a policy itself needs only what is its own.
fn share(schema: &mut Value) {
    let policy = &mut schema["$defs"]["PolicyRow"];
    policy["required"] = json!(["id", "title"]);
    let mut fields = policy["properties"].clone();
    if let Some(fields) = fields.as_object_mut() {
        for own in ["id", "title", "example"] {
            fields.remove(own);
        }
    }
    let defaults = &mut schema["properties"]["defaults"];
    defaults["additionalProperties"] = json!(false);
    defaults["properties"] = fields;
}

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
        let defaults = &schema["properties"]["defaults"];
        assert_eq!(defaults["additionalProperties"], false);
        assert!(defaults["properties"]["advice"].is_object());
        assert!(defaults["properties"]["id"].is_null());
        let description = &policy["properties"]["advice"]["description"];
        assert_eq!(description, "What to do, in the imperative.");
        assert!(!schema.to_string().contains("null"), "{schema}");
    }
}
