//! What `html!` calls: elements are made by a few functions that all of the page shares.

use std::rc::Rc;

use wasm_bindgen::JsValue;
use yew::html::NodeRef;
use yew::virtual_dom::{AttributeOrProperty, Attributes, Key, Listener, VList, VNode, VTag, VText};
use yew::{AttrValue, Html};

/// An element in the making.
pub struct Element {
    tag: VTag,
    keys: &'static [&'static str],
    /// One for each key, in the same order.
    values: Vec<Option<AttributeOrProperty>>,
    listeners: Vec<Option<Rc<dyn Listener>>>,
}

impl Element {
    pub fn new(tag: &'static str, keys: &'static [&'static str]) -> Element {
        let values = Vec::with_capacity(keys.len());
        Element { tag: VTag::new(tag), keys, values, listeners: Vec::new() }
    }

    /// The next attribute is this word.
    pub fn word(&mut self, word: &'static str) {
        self.values.push(Some(AttributeOrProperty::Static(word)));
    }

    /// The next attribute has this value, or is not there.
    pub fn put(&mut self, value: Option<AttrValue>) {
        self.values.push(value.map(AttributeOrProperty::Attribute));
    }

    /// The next name is a property of the element.
    pub fn property(&mut self, value: impl Into<JsValue>) {
        self.values.push(Some(AttributeOrProperty::Property(value.into())));
    }

    /// What is entered in a field.
    pub fn value(&mut self, value: impl Attr) {
        self.tag.set_value(value.attr());
    }

    /// Whether a box is ticked.
    pub fn checked(&mut self, checked: bool) {
        self.tag.set_checked(checked);
    }

    pub fn key(&mut self, key: impl ToString) {
        self.tag.key = Some(Key::from(key.to_string()));
    }

    pub fn place(&mut self, place: NodeRef) {
        self.tag.node_ref = place;
    }

    pub fn listen(&mut self, listener: Rc<dyn Listener>) {
        self.listeners.push(Some(listener));
    }

    pub fn child(&mut self, child: Html) {
        self.tag.add_child(child);
    }

    pub fn html(mut self) -> Html {
        if !self.values.is_empty() {
            let (keys, values) = (self.keys, self.values.into_boxed_slice());
            self.tag.set_attributes(Attributes::Dynamic { keys, values });
        }
        if !self.listeners.is_empty() {
            self.tag.set_listeners(self.listeners.into_boxed_slice());
        }
        VNode::from(self.tag)
    }
}

/// Several nodes in the making.
pub struct List(VList);

impl List {
    pub fn new() -> List {
        List(VList::new())
    }

    pub fn child(&mut self, child: Html) {
        self.0.add_child(child);
    }

    pub fn html(self) -> Html {
        VNode::from(self.0)
    }
}

/// What is drawn where nothing is.
pub fn nothing() -> Html {
    VNode::default()
}

/// Words that are known beforehand.
pub fn words(words: &'static str) -> Html {
    VNode::from(VText::new(AttrValue::Static(words)))
}

/// All that an iterator gives.
pub fn each<T: Child>(all: impl IntoIterator<Item = T>) -> Html {
    let mut list = List::new();
    for child in all {
        list.child(child.html());
    }
    list.html()
}

/// What can stand between two tags.
pub trait Child {
    fn html(self) -> Html;
}

impl Child for Html {
    fn html(self) -> Html {
        self
    }
}

impl Child for AttrValue {
    fn html(self) -> Html {
        VNode::from(VText::new(self))
    }
}

impl Child for &AttrValue {
    fn html(self) -> Html {
        self.clone().html()
    }
}

impl Child for String {
    fn html(self) -> Html {
        AttrValue::from(self).html()
    }
}

impl Child for &String {
    fn html(self) -> Html {
        self.clone().html()
    }
}

impl Child for &str {
    fn html(self) -> Html {
        self.to_string().html()
    }
}

impl Child for u64 {
    fn html(self) -> Html {
        self.to_string().html()
    }
}

impl<T: Child> Child for Option<T> {
    fn html(self) -> Html {
        self.map_or_else(nothing, Child::html)
    }
}

/// What an attribute can be.
pub trait Attr {
    fn attr(self) -> Option<AttrValue>;
}

impl Attr for &'static str {
    fn attr(self) -> Option<AttrValue> {
        Some(AttrValue::Static(self))
    }
}

impl Attr for String {
    fn attr(self) -> Option<AttrValue> {
        Some(AttrValue::from(self))
    }
}

impl Attr for AttrValue {
    fn attr(self) -> Option<AttrValue> {
        Some(self)
    }
}

/// An attribute that is there or not, such as `disabled`.
impl Attr for bool {
    fn attr(self) -> Option<AttrValue> {
        self.then_some(AttrValue::Static(""))
    }
}

impl<T: Attr> Attr for Option<T> {
    fn attr(self) -> Option<AttrValue> {
        self.and_then(Attr::attr)
    }
}

/// Puts the names of classes together; those that are `None` are left out.
macro_rules! classes {
    ($($name:expr),* $(,)?) => {{
        let mut names = String::new();
        $($crate::ui::dom::ClassName::add($name, &mut names);)*
        names
    }};
}
pub(crate) use classes;

/// A class, or none.
pub trait ClassName {
    fn add(self, names: &mut String);
}

impl ClassName for &str {
    fn add(self, names: &mut String) {
        if !names.is_empty() {
            names.push(' ');
        }
        names.push_str(self);
    }
}

impl ClassName for String {
    fn add(self, names: &mut String) {
        self.as_str().add(names);
    }
}

impl<T: ClassName> ClassName for Option<T> {
    fn add(self, names: &mut String) {
        if let Some(name) = self {
            name.add(names);
        }
    }
}
