//! `#[derive(Event)]`: a struct to its schema and its typed fields.

mod attribute;
mod expand;

use attribute::{Attributes, Meaning, Stream};
use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Error, Fields, Path, Result, Type, Visibility};

/// The struct, as far as patterns see it.
struct Event<'a> {
    ident: &'a Ident,
    /// Name in texts.
    name: String,
    functions: Vec<(String, Path)>,
    fields: Vec<Field<'a>>,
    time: String,
    kind: Option<String>,
}

/// One of its fields that patterns see.
struct Field<'a> {
    ident: &'a Ident,
    vis: &'a Visibility,
    ty: &'a Type,
    /// Name in texts.
    name: String,
    /// Where it says that it is the time.
    time: Option<Span>,
    /// Where it says that it is the kind.
    kind: Option<Span>,
    meaning: Option<Meaning>,
}

/// The implementation, or what is wrong with the struct.
pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    Ok(expand::event(&Event::of(input)?))
}

impl<'a> Event<'a> {
    fn of(input: &'a DeriveInput) -> Result<Self> {
        let ident = &input.ident;
        let wrong = |what: &str| Error::new(ident.span(), format!("event `{ident}` {what}"));
        let named = match &input.data {
            Data::Struct(data) => match &data.fields {
                Fields::Named(named) => Some(&named.named),
                _ => None,
            },
            _ => None,
        };
        let named = named.ok_or_else(|| wrong("must be a struct with named fields"))?;
        if !input.generics.params.is_empty() {
            return Err(wrong("must not have parameters; write one struct for each"));
        }
        if !is_repr_c(&input.attrs)? {
            return Err(wrong("is read by the offsets of its fields; add `#[repr(C)]`"));
        }
        let stream = Stream::of(&input.attrs)?;
        let mut fields = Vec::new();
        for field in named {
            if let Some(ident) = &field.ident {
                fields.extend(Field::of(ident, field)?);
            }
        }
        check_names(&fields)?;
        let time = role(&fields, "time", |field| field.time)?.ok_or_else(|| {
            wrong("has no time; mark the `u64` of nanoseconds that orders it `#[event(time)]`")
        })?;
        let kind = role(&fields, "kind", |field| field.kind)?;
        let name = stream.name.map(|name| name.value());
        Ok(Self {
            ident,
            name: name.unwrap_or_else(|| snake_case(&ident.unraw().to_string())),
            functions: stream.functions,
            fields,
            time,
            kind,
        })
    }
}

impl<'a> Field<'a> {
    /// The field; `None` if patterns do not see it.
    fn of(ident: &'a Ident, field: &'a syn::Field) -> Result<Option<Self>> {
        let Attributes { time, kind, skip, rename, meaning } = Attributes::of(&field.attrs)?;
        if skip {
            if time.is_some() || kind.is_some() || rename.is_some() || meaning.is_some() {
                let message = format!("field `{ident}` is skipped: remove `skip`, or what it is");
                return Err(Error::new(ident.span(), message));
            }
            return Ok(None);
        }
        if time.is_some() && meaning.is_some() {
            let message = format!("field `{ident}` is the time: just an `u64`, and nothing else");
            return Err(Error::new(ident.span(), message));
        }
        let name = match rename {
            Some(name) if is_name(&name.value()) => name.value(),
            Some(name) => {
                let message =
                    format!("field `{ident}` cannot be called \"{}\"; write a word", name.value());
                return Err(Error::new(name.span(), message));
            }
            None => ident.unraw().to_string(),
        };
        let (vis, ty) = (&field.vis, &field.ty);
        Ok(Some(Self { ident, vis, ty, name, time, kind, meaning }))
    }
}

/// Can it be the name of a constant?
fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    let start = characters.next().is_some_and(|c| c == '_' || c.is_alphabetic());
    start && characters.all(|c| c == '_' || c.is_alphanumeric())
}

/// Name of the field that says it has a role, if one does.
fn role(
    fields: &[Field<'_>],
    role: &str,
    said: impl Fn(&Field<'_>) -> Option<Span>,
) -> Result<Option<String>> {
    let mut found: Option<&Field<'_>> = None;
    for field in fields {
        let Some(span) = said(field) else { continue };
        if let Some(earlier) = found {
            let (earlier, name) = (&earlier.ident, field.ident);
            let message = format!("`{earlier}` is the {role} already; `{name}` cannot be, too");
            return Err(Error::new(span, message));
        }
        found = Some(field);
    }
    Ok(found.map(|field| field.name.clone()))
}

fn check_names(fields: &[Field<'_>]) -> Result<()> {
    for (at, Field { ident, name, .. }) in fields.iter().enumerate() {
        if fields[..at].iter().any(|earlier| earlier.name == *name) {
            let message = format!("field `{ident}`: '{name}' is there twice; rename one of them");
            return Err(Error::new(ident.span(), message));
        }
    }
    Ok(())
}

fn is_repr_c(attributes: &[Attribute]) -> Result<bool> {
    let mut is_c = false;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("repr")) {
        attribute.parse_nested_meta(|meta| {
            is_c |= meta.path.is_ident("C");
            // `align(64)`
            if meta.input.peek(syn::token::Paren) {
                let content;
                syn::parenthesized!(content in meta.input);
                content.parse::<TokenStream>()?;
            }
            Ok(())
        })?;
    }
    Ok(is_c)
}

/// `MarketEvent` as `market_event`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for (at, c) in name.char_indices() {
        if c.is_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}
