//! Request bodies: JSON objects that parse themselves, field by field. Errors have the words of
//! `docs/api.md`.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use domain::{ActorId, EmailAddress, MAX_NAME, Refusal, Validation, name};
use serde_json::{Map, Value};

use crate::error::ApiError;

/// Values with their names, in the body's order.
type Named<T> = Vec<(String, T)>;

/// Largest request body, in bytes. The longest message, each character written as two escapes,
/// takes 60,000.
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;

/// A JSON body that parses itself from its fields. An empty body is an empty object; the
/// Content-Type does not matter.
pub struct Body<T>(pub T);

/// What [`Body`] needs.
pub trait FromFields: Sized {
    /// Reads the fields, or says what is wrong with one.
    fn from_fields(fields: &Fields) -> Result<Self, Validation>;
}

impl<T: FromFields, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        // The guard has checked its size.
        let body = Bytes::from_request(request, state).await.map_err(|_| Refusal::TooLarge)?;
        Ok(Self(T::from_fields(&Fields::parse(&body)?)?))
    }
}

/// The fields of a JSON object. A field that is `null` counts as absent, except where it is
/// required: then its type is wrong.
pub struct Fields(Map<String, Value>);

impl Fields {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, Validation> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(Map::new()));
        }
        match serde_json::from_slice(body) {
            Ok(value) => Self::of_value(value),
            Err(_) => Err(Validation::NotJson),
        }
    }

    fn of_value(value: Value) -> Result<Self, Validation> {
        match value {
            Value::Object(fields) => Ok(Self(fields)),
            other => Err(Validation::NotAnObject(type_of(&other))),
        }
    }

    /// A list of at most `most` objects.
    pub fn list<T: FromFields>(
        &self,
        field: &'static str,
        most: usize,
    ) -> Result<Option<Vec<T>>, Validation> {
        let entries = match self.0.get(field) {
            None => return Ok(None),
            Some(Value::Array(entries)) if entries.len() <= most => entries,
            Some(Value::Array(_)) => return Err(Validation::TooBig(field, most as u64)),
            Some(other) => {
                return Err(Validation::Type { field, expected: "array", got: type_of(other) });
            }
        };
        let read = |entry: &Value| T::from_fields(&Self::of_value(entry.clone())?);
        let entries = entries
            .iter()
            .enumerate()
            .map(|(index, entry)| read(entry).map_err(|error| in_entry(field, index, error)));
        Ok(Some(entries.collect::<Result<_, _>>()?))
    }

    /// A text.
    pub fn text(&self, field: &'static str) -> Result<Option<String>, Validation> {
        match self.0.get(field) {
            None => Ok(None),
            Some(Value::Null) if field != "body" => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => Err(Validation::Type { field, expected: "string", got: type_of(other) }),
        }
    }

    /// A person's id.
    pub fn actor(&self, field: &'static str) -> Result<Option<ActorId>, Validation> {
        let parse = |text: String| {
            ActorId::parse(&text).ok_or(Validation::Form(field, "1 to 128 of [A-Za-z0-9_-]"))
        };
        self.text(field)?.map(parse).transpose()
    }

    /// A person's id, or null.
    pub fn actor_or_null(
        &self,
        field: &'static str,
    ) -> Result<Option<Option<ActorId>>, Validation> {
        if self.0.contains_key(field) { self.actor(field).map(Some) } else { Ok(None) }
    }

    /// A list of at most `most` texts.
    pub fn texts(
        &self,
        field: &'static str,
        most: usize,
    ) -> Result<Option<Vec<String>>, Validation> {
        let entries = match self.0.get(field) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(entries)) if entries.len() <= most => entries,
            Some(Value::Array(_)) => return Err(Validation::TooBig(field, most as u64)),
            Some(other) => {
                return Err(Validation::Type { field, expected: "array", got: type_of(other) });
            }
        };
        let read = |entry: &Value| match entry {
            Value::String(text) => Ok(text.clone()),
            other => Err(Validation::Type { field, expected: "string", got: type_of(other) }),
        };
        entries.iter().map(read).collect::<Result<_, _>>().map(Some)
    }

    /// Texts by names that are data, such as languages: at most `most`.
    pub fn texts_by_name(
        &self,
        field: &'static str,
        most: usize,
    ) -> Result<Option<Named<String>>, Validation> {
        self.by_name(field, most, |value| match value {
            Value::String(text) => Ok(text.clone()),
            other => Err(Validation::Type { field, expected: "string", got: type_of(other) }),
        })
    }

    /// Lists of at most `most_in_each` texts by names that are data: at most `most`.
    pub fn lists_by_name(
        &self,
        field: &'static str,
        most: usize,
        most_in_each: usize,
    ) -> Result<Option<Named<Vec<String>>>, Validation> {
        self.by_name(field, most, |list| {
            let fields = Self(Map::from_iter([(field.to_owned(), list.clone())]));
            let missing = Validation::Type { field, expected: "array", got: type_of(list) };
            fields.texts(field, most_in_each)?.ok_or(missing)
        })
    }

    fn by_name<T>(
        &self,
        field: &'static str,
        most: usize,
        read: impl Fn(&Value) -> Result<T, Validation>,
    ) -> Result<Option<Named<T>>, Validation> {
        let entries = match self.0.get(field) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Object(entries)) if entries.len() <= most => entries,
            Some(Value::Object(_)) => return Err(Validation::TooBig(field, most as u64)),
            Some(other) => {
                return Err(Validation::Type { field, expected: "object", got: type_of(other) });
            }
        };
        let named = |(name, value): (&String, &Value)| read(value).map(|it| (name.clone(), it));
        entries.iter().map(named).collect::<Result<_, _>>().map(Some)
    }

    /// The first field whose name is not among `known`.
    pub fn unknown_name(&self, known: &[&str]) -> Option<&str> {
        self.0.keys().map(String::as_str).find(|name| !known.contains(name))
    }

    /// An object.
    pub fn object<T: FromFields>(&self, field: &'static str) -> Result<Option<T>, Validation> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                let read = || T::from_fields(&Self::of_value(value.clone())?);
                read().map(Some).map_err(|error| error.within(field))
            }
        }
    }

    /// An object, or null.
    pub fn object_or_null<T: FromFields>(
        &self,
        field: &'static str,
    ) -> Result<Option<Option<T>>, Validation> {
        if self.0.contains_key(field) { self.object(field).map(Some) } else { Ok(None) }
    }

    /// A number.
    pub fn number(&self, field: &'static str) -> Result<Option<f64>, Validation> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Number(number)) => Ok(Some(number.as_f64().unwrap_or(f64::INFINITY))),
            Some(other) => Err(Validation::Type { field, expected: "number", got: type_of(other) }),
        }
    }

    /// Whether a field is missing or null.
    pub fn is_null(&self, field: &str) -> bool {
        self.0.get(field).is_none_or(Value::is_null)
    }

    /// Yes or no.
    pub fn flag(&self, field: &'static str) -> Result<Option<bool>, Validation> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => {
                Err(Validation::Type { field, expected: "boolean", got: type_of(other) })
            }
        }
    }

    /// A part of a profile. `parse` returns none for a text that is as good as empty.
    pub fn part<T>(
        &self,
        field: &'static str,
        parse: impl FnOnce(String) -> Result<Option<T>, Validation>,
    ) -> Result<Part<T>, Validation> {
        if !self.0.contains_key(field) {
            return Ok(Part::Keep);
        }
        let text = self.text(field)?.filter(|text| !text.trim().is_empty());
        Ok(Part::Set(text.map(parse).transpose()?.flatten()))
    }

    /// A person's name.
    pub fn name(&self, field: &'static str) -> Result<Part<String>, Validation> {
        self.part(field, |text| {
            if text.chars().count() > MAX_NAME {
                Err(Validation::TooBig(field, MAX_NAME as u64))
            } else {
                Ok(name(&text))
            }
        })
    }

    /// An e-mail address.
    pub fn email(&self, field: &'static str) -> Result<Part<EmailAddress>, Validation> {
        self.part(field, |text| {
            EmailAddress::parse(text.trim())
                .map(Some)
                .ok_or(Validation::Form(field, "an e-mail address"))
        })
    }

    /// A whole number, of at least `least`.
    pub fn whole(&self, field: &'static str, least: u64) -> Result<Option<u64>, Validation> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Number(number)) => match (number.as_u64(), number.as_f64()) {
                (Some(whole), _) if whole >= least => Ok(Some(whole)),
                // Written with a point or an exponent, or beyond 64 bits: saturates.
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "whole and positive; casting saturates"
                )]
                (None, Some(float)) if float.fract() == 0.0 && float >= 0.0 => Some(float as u64)
                    .filter(|whole| *whole >= least)
                    .map(Some)
                    .ok_or(Validation::TooSmall(field, least)),
                (None, Some(float)) if float.fract() != 0.0 => {
                    Err(Validation::Type { field, expected: "integer", got: "number" })
                }
                _ => Err(Validation::TooSmall(field, least)),
            },
            Some(other) => Err(Validation::Type { field, expected: "number", got: type_of(other) }),
        }
    }
}

/// A mistake in an entry of a list.
pub fn in_entry(list: &'static str, index: usize, error: Validation) -> Validation {
    Validation::Entry { list, index, error: Box::new(error) }
}

/// What a request says of one part of a profile.
#[derive(Clone, Debug)]
pub enum Part<T> {
    /// Nothing: it stays as it is.
    Keep,
    /// The new value, or none.
    Set(Option<T>),
}

impl<T> Part<T> {
    /// Changes what is stored.
    pub fn apply(self, to: &mut Option<T>) {
        if let Self::Set(value) = self {
            *to = value;
        }
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_an_object() {
        let refused = |body: &[u8]| Fields::parse(body).err().expect("refused").to_string();
        assert_eq!(refused(b"{"), "Invalid request: Body is not valid JSON");
        assert_eq!(refused(b"[]"), "Invalid request: Expected type: 'object', got: 'array'");
        assert!(Fields::parse(b" \n").is_ok());
    }
}
