//! `html!`: Yew's notation for elements, compiled to calls of a few shared functions.
//!
//! Yew's own macro spells out the making of each element where it stands, which makes the page's
//! program nearly twice as large. This one reads the part of the notation that the page uses and calls
//! `crate::ui::dom`:
//!
//! ```text
//! html! {
//!     <p class="caption" data-step={step.to_string()} {onclick} ~style={place}>
//!         { "words" }
//!         { for rows.iter().map(row) }
//!         if let Some(note) = note { <em>{ note }</em> } else { { "none" } }
//!     </p>
//! }
//! ```
//!
//! `{name}` is short for `name={name}`, `~name` sets a property in place of an attribute, `on…` listens,
//! `key` and `ref` mean what they mean in Yew. Components stand in Yew's own `html!`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Expr, ExprLit, Lit, LitStr, Result, Token, braced, parse_macro_input};

/// See the crate's documentation.
#[proc_macro]
pub fn html(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let nodes = parse_macro_input!(input as Nodes);
    nodes.value().into()
}

/// What stands between two tags.
struct Nodes(Vec<Node>);

enum Node {
    Element(Element),
    /// `<>…</>`
    Fragment(Nodes),
    /// `{ "words" }`
    Words(LitStr),
    /// `{ expression }`
    Value(TokenStream),
    /// `{ for iterator }`
    Each(TokenStream),
    If(Branch),
}

/// `if … { … } else …`
struct Branch {
    condition: Expr,
    then: Nodes,
    otherwise: Option<Box<Otherwise>>,
}

enum Otherwise {
    If(Branch),
    Nodes(Nodes),
}

struct Element {
    name: Name,
    attributes: Vec<Attribute>,
    children: Nodes,
}

/// A name with dashes: `aria-label`.
struct Name {
    text: String,
    span: Span,
}

struct Attribute {
    name: Name,
    /// Whether it is a property of the element: `~style`.
    property: bool,
    value: Value,
}

enum Value {
    Word(String),
    Expression(TokenStream),
}

impl Parse for Nodes {
    fn parse(input: ParseStream<'_>) -> Result<Nodes> {
        let mut nodes = Vec::new();
        let at_end = || input.is_empty() || input.peek(Token![<]) && input.peek2(Token![/]);
        while !at_end() {
            nodes.push(input.parse()?);
        }
        Ok(Nodes(nodes))
    }
}

impl Parse for Node {
    fn parse(input: ParseStream<'_>) -> Result<Node> {
        if input.peek(Token![if]) {
            return Ok(Node::If(input.parse()?));
        }
        if input.peek(Token![<]) && input.peek2(Token![>]) {
            input.parse::<Token![<]>()?;
            input.parse::<Token![>]>()?;
            let nodes = input.parse()?;
            input.parse::<Token![<]>()?;
            input.parse::<Token![/]>()?;
            input.parse::<Token![>]>()?;
            return Ok(Node::Fragment(nodes));
        }
        if input.peek(Token![<]) {
            return Ok(Node::Element(input.parse()?));
        }
        let content;
        braced!(content in input);
        if content.peek(Token![for]) {
            content.parse::<Token![for]>()?;
            return Ok(Node::Each(content.parse()?));
        }
        if content.peek(LitStr) && only_one(&content) {
            return Ok(Node::Words(content.parse()?));
        }
        Ok(Node::Value(content.parse()?))
    }
}

/// Whether there is one token and no more.
fn only_one(input: ParseStream<'_>) -> bool {
    input.cursor().token_tree().is_some_and(|(_, rest)| rest.eof())
}

impl Parse for Branch {
    fn parse(input: ParseStream<'_>) -> Result<Branch> {
        input.parse::<Token![if]>()?;
        let condition = input.call(Expr::parse_without_eager_brace)?;
        let then = block(input)?;
        let mut otherwise = None;
        if input.peek(Token![else]) {
            input.parse::<Token![else]>()?;
            otherwise = Some(Box::new(if input.peek(Token![if]) {
                Otherwise::If(input.parse()?)
            } else {
                Otherwise::Nodes(block(input)?)
            }));
        }
        Ok(Branch { condition, then, otherwise })
    }
}

fn block(input: ParseStream<'_>) -> Result<Nodes> {
    let content;
    braced!(content in input);
    content.parse()
}

impl Parse for Name {
    fn parse(input: ParseStream<'_>) -> Result<Name> {
        let first = input.call(Ident::parse_any)?;
        let mut text = first.to_string();
        while input.peek(Token![-]) {
            input.parse::<Token![-]>()?;
            text.push('-');
            text.push_str(&input.call(Ident::parse_any)?.to_string());
        }
        Ok(Name { text, span: first.span() })
    }
}

impl Parse for Element {
    fn parse(input: ParseStream<'_>) -> Result<Element> {
        input.parse::<Token![<]>()?;
        let name: Name = input.parse()?;
        if name.text.starts_with(|c: char| c.is_ascii_uppercase()) {
            let why = "components stand in `yew::html!`";
            return Err(syn::Error::new(name.span, why));
        }
        let mut attributes = Vec::new();
        while !input.peek(Token![>]) && !input.peek(Token![/]) {
            attributes.push(input.parse()?);
        }
        if input.peek(Token![/]) {
            input.parse::<Token![/]>()?;
            input.parse::<Token![>]>()?;
            return Ok(Element { name, attributes, children: Nodes(Vec::new()) });
        }
        input.parse::<Token![>]>()?;
        let children = input.parse()?;
        input.parse::<Token![<]>()?;
        input.parse::<Token![/]>()?;
        let end: Name = input.parse()?;
        if end.text != name.text {
            let why = format!("this ends <{}>, but <{}> is open", end.text, name.text);
            return Err(syn::Error::new(end.span, why));
        }
        input.parse::<Token![>]>()?;
        Ok(Element { name, attributes, children })
    }
}

impl Parse for Attribute {
    fn parse(input: ParseStream<'_>) -> Result<Attribute> {
        if input.peek(syn::token::Brace) {
            let content;
            braced!(content in input);
            let ident: Ident = content.parse()?;
            let name = Name { text: ident.to_string(), span: ident.span() };
            return Ok(Attribute {
                name,
                property: false,
                value: Value::Expression(quote!(#ident)),
            });
        }
        let property = input.parse::<Option<Token![~]>>()?.is_some();
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        let value = if input.peek(syn::token::Brace) {
            let content;
            braced!(content in input);
            Value::Expression(content.parse()?)
        } else {
            match input.parse::<ExprLit>()?.lit {
                Lit::Str(text) => Value::Word(text.value()),
                other => Value::Expression(quote!(#other)),
            }
        };
        Ok(Attribute { name, property, value })
    }
}

fn local(name: &str) -> Ident {
    // Not to be seen by the expressions inside.
    Ident::new(name, Span::mixed_site())
}

impl Nodes {
    /// The nodes as one value.
    fn value(&self) -> TokenStream {
        match self.0.as_slice() {
            [] => quote!(crate::ui::dom::nothing()),
            [one] if !matches!(one, Node::If(_) | Node::Each(_)) => one.value(),
            _ => self.list(),
        }
    }

    fn list(&self) -> TokenStream {
        let list = local("list");
        let adding = self.0.iter().map(|node| node.adding(&list));
        quote!({
            let mut #list = crate::ui::dom::List::new();
            #(#adding)*
            #list.html()
        })
    }
}

impl Node {
    fn value(&self) -> TokenStream {
        match self {
            Node::Element(element) => element.value(),
            Node::Fragment(nodes) => nodes.list(),
            Node::Words(words) => quote!(crate::ui::dom::words(#words)),
            Node::Value(value) => quote!(crate::ui::dom::Child::html({ #value })),
            Node::Each(iterator) => quote!(crate::ui::dom::each(#iterator)),
            Node::If(branch) => branch.value(),
        }
    }

    /// The statement that adds this node to a parent.
    fn adding(&self, parent: &Ident) -> TokenStream {
        let value = self.value();
        quote!(#parent.child(#value);)
    }
}

impl Branch {
    fn value(&self) -> TokenStream {
        let Branch { condition, then, otherwise } = self;
        let then = then.value();
        let otherwise = match otherwise.as_deref() {
            None => quote!(crate::ui::dom::nothing()),
            Some(Otherwise::If(branch)) => branch.value(),
            Some(Otherwise::Nodes(nodes)) => nodes.value(),
        };
        quote!(if #condition { #then } else { #otherwise })
    }
}

impl Element {
    fn value(&self) -> TokenStream {
        let element = local("element");
        let tag = &self.name.text;
        let (special, plain): (Vec<&Attribute>, Vec<&Attribute>) =
            self.attributes.iter().partition(|attribute| self.is_special(attribute));
        let keys = plain.iter().map(|attribute| &attribute.name.text);
        let plain = plain.iter().map(|attribute| attribute.setting(&element));
        let special = special.iter().map(|attribute| attribute.special(&element));
        let children = self.children.0.iter().map(|node| node.adding(&element));
        quote!({
            let mut #element = crate::ui::dom::Element::new(#tag, &[#(#keys),*]);
            #(#plain)*
            #(#special)*
            #(#children)*
            #element.html()
        })
    }

    /// Whether it is not an attribute of the element in the page.
    fn is_special(&self, attribute: &Attribute) -> bool {
        let name = attribute.name.text.as_str();
        let field = matches!(self.name.text.as_str(), "input" | "textarea");
        let value = field && !attribute.property && matches!(name, "value" | "checked");
        value && !matches!(attribute.value, Value::Word(_)) && !self.is_radio()
            || matches!(name, "key" | "ref")
            || name.starts_with("on")
    }

    /// The value of a radio button is what it stands for, not what somebody entered.
    fn is_radio(&self) -> bool {
        let radio = |attribute: &Attribute| {
            attribute.name.text == "type"
                && matches!(&attribute.value, Value::Word(word) if word == "radio")
        };
        self.attributes.iter().any(radio)
    }
}

impl Attribute {
    fn setting(&self, element: &Ident) -> TokenStream {
        match &self.value {
            Value::Word(word) => quote!(#element.word(#word);),
            Value::Expression(value) if self.property => quote!(#element.property({ #value });),
            Value::Expression(value) => {
                quote!(#element.put(crate::ui::dom::Attr::attr({ #value }));)
            }
        }
    }

    fn special(&self, element: &Ident) -> TokenStream {
        let value = match &self.value {
            Value::Word(word) => quote!(#word),
            Value::Expression(value) => quote!({ #value }),
        };
        match self.name.text.as_str() {
            "key" => quote!(#element.key(#value);),
            "ref" => quote!(#element.place(#value);),
            "value" => quote!(#element.value(#value);),
            "checked" => quote!(#element.checked(#value);),
            event => {
                let event = Ident::new(event, self.name.span);
                quote!(#element.listen(::std::rc::Rc::new(::yew::html::#event::Wrapper::new(#value)));)
            }
        }
    }
}
