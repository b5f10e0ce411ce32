//! From the parser's events to [`Node`]s.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::{Key, Node, Yaml, clamp};

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Yaml>::deserialize(deserializer)?;
        let span = spanned.defined.span();
        let bytes = match (span.byte_offset(), span.byte_len()) {
            (Some(at), Some(length)) => usize::try_from(at).ok().zip(usize::try_from(length).ok()),
            _ => None,
        };
        Ok(Self {
            line: clamp(spanned.referenced.line()),
            column: clamp(spanned.referenced.column()),
            value: spanned.value,
            written: None,
            bytes,
        })
    }
}

impl<'de> Deserialize<'de> for Yaml {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(YamlVisitor)
    }
}

struct YamlVisitor;

impl<'de> Visitor<'de> for YamlVisitor {
    type Value = Yaml;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Yaml, E> {
        Ok(Yaml::Null)
    }

    fn visit_none<E>(self) -> Result<Yaml, E> {
        Ok(Yaml::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Yaml, D::Error> {
        Yaml::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Yaml, E> {
        Ok(Yaml::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Yaml, E> {
        Ok(Yaml::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Yaml, E> {
        Ok(Yaml::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Yaml, E> {
        // JSON has no NaN and no infinity; they stay words.
        Ok(serde_json::Number::from_f64(value).map_or_else(|| Yaml::Text(value.to_string()), Yaml::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Yaml, E> {
        Ok(Yaml::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Yaml, E> {
        Ok(Yaml::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Yaml, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Node>()? {
            list.push(item);
        }
        Ok(Yaml::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Yaml, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = pairs.next_key::<Spanned<Yaml>>()? {
            let text = match key.value {
                Yaml::Text(text) => text,
                Yaml::Number(number) => number.to_string(),
                Yaml::Bool(value) => value.to_string(),
                Yaml::Null => "null".to_owned(),
                Yaml::List(_) | Yaml::Map(_) => {
                    return Err(A::Error::custom("a key must be text, not a list or a mapping"));
                }
            };
            let key =
                Key { line: clamp(key.referenced.line()), column: clamp(key.referenced.column()), text };
            map.push((key, pairs.next_value::<Node>()?));
        }
        Ok(Yaml::Map(map))
    }
}
