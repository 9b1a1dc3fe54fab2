//! The code of an `Event`.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::attribute::{Meaning, Names};
use super::{Event, Field};

/// The implementation of the trait, and the constants of the fields.
pub(super) fn event(event: &Event<'_>) -> TokenStream {
    let Event { ident, name, time, .. } = event;
    let fields = event.fields.iter().map(|field| schema_field(event, field));
    let functions = event.functions.iter().map(|(name, path)| quote!(.function(#name, #path)));
    let kind = event.kind.iter().map(|kind| quote!(.kind(#kind)));
    let constants = event.fields.iter().map(|field| constant(event, field));
    quote! {
        #[automatically_derived]
        impl ::tourbillon_cep::event::Event for #ident {
            fn schema() -> ::std::sync::Arc<::tourbillon_cep::schema::Schema> {
                static SCHEMA: ::std::sync::LazyLock<
                    ::std::sync::Arc<::tourbillon_cep::schema::Schema>,
                > = ::std::sync::LazyLock::new(|| {
                    ::tourbillon_cep::event::layout::finish(
                        ::tourbillon_cep::schema::Schema::builder::<#ident>(#name)
                            #(.field(#fields))*
                            #(#functions)*
                            .time(#time)
                            #(#kind)*
                    )
                });
                ::std::sync::Arc::clone(&SCHEMA)
            }
        }

        #[automatically_derived]
        #[allow(dead_code)]
        impl #ident {
            #(#constants)*
        }
    }
}

/// The field as the schema has it. What may not have the type that it has is refused where the
/// type stands, by the bounds of these functions.
fn schema_field(event: &Event<'_>, field: &Field<'_>) -> TokenStream {
    let (owner, ident, ty, name) = (event.ident, field.ident, field.ty, &field.name);
    let offset = quote!(::core::mem::offset_of!(#owner, #ident));
    let made = |function: &str| {
        let function = format_ident!("{function}", span = ty.span());
        quote_spanned!(ty.span()=> ::tourbillon_cep::event::layout::#function::<#ty>(#name, #offset))
    };
    match &field.meaning {
        _ if field.time.is_some() => made("time"),
        None => made("number"),
        Some(Meaning::Flag) => made("flag"),
        Some(Meaning::Decimals(decimals)) => {
            let field = made("whole");
            quote!(#field.decimals(#decimals))
        }
        Some(Meaning::Symbols { names, open }) => {
            let (field, names) = (made("whole"), list(names));
            if *open { quote!(#field.open_symbols(#names)) } else { quote!(#field.symbols(#names)) }
        }
    }
}

fn list(names: &Names) -> TokenStream {
    match names {
        Names::List(list) => quote!((#list)),
        Names::Given(given) => {
            let pairs = given.iter().map(|(name, code)| quote!((#name, (#code) as i128)));
            quote!([#(#pairs),*])
        }
    }
}

/// The field as the builder and the macro read it.
fn constant(event: &Event<'_>, field: &Field<'_>) -> TokenStream {
    let (owner, vis, ty, name) = (event.ident, field.vis, field.ty, &field.name);
    let constant = Ident::new(&name.to_uppercase(), field.ident.span());
    let holds = match &field.meaning {
        Some(Meaning::Symbols { .. }) => quote!(::tourbillon_cep::event::Symbol),
        Some(Meaning::Flag) => quote!(bool),
        Some(Meaning::Decimals(_)) | None => quote!(#ty),
    };
    let symbols = match &field.meaning {
        Some(Meaning::Symbols { names, open: false }) => {
            let names = list(names);
            quote!(.with_symbols(&#names))
        }
        _ => TokenStream::new(),
    };
    let doc = format!("The field `{name}`, in patterns.");
    quote! {
        #[doc = #doc]
        #vis const #constant: ::tourbillon_cep::event::Field<#owner, #holds> =
            ::tourbillon_cep::event::Field::new(#name)#symbols;
    }
}
