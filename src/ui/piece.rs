//! Pieces of the page that only draw.
//!
//! A [`Piece`] draws what it was given and keeps nothing. It renders again only when it is given
//! something else. All of them are one Yew component: each component of its own would add its whole
//! machinery to the download.

use std::any::Any;
use std::rc::Rc;

use yew::prelude::*;

/// What a piece draws, and how. Compared to know whether to draw it again.
pub trait Piece: PartialEq + 'static {
    fn html(&self) -> Html;
}

/// A piece whose type is no longer known.
trait AnyPiece {
    fn html(&self) -> Html;
    fn is(&self, other: &dyn AnyPiece) -> bool;
    fn as_any(&self) -> &dyn Any;
}

impl<T: Piece> AnyPiece for T {
    fn html(&self) -> Html {
        Piece::html(self)
    }

    fn is(&self, other: &dyn AnyPiece) -> bool {
        other.as_any().downcast_ref::<T>().is_some_and(|other| self == other)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[derive(Properties)]
struct FrameProps {
    piece: Rc<dyn AnyPiece>,
}

impl PartialEq for FrameProps {
    fn eq(&self, other: &FrameProps) -> bool {
        Rc::ptr_eq(&self.piece, &other.piece) || self.piece.is(other.piece.as_ref())
    }
}

/// The one component that draws every piece.
struct Frame;

impl Component for Frame {
    type Message = ();
    type Properties = FrameProps;

    fn create(_ctx: &Context<Frame>) -> Frame {
        Frame
    }

    fn view(&self, ctx: &Context<Frame>) -> Html {
        ctx.props().piece.html()
    }
}

/// Puts a piece into the page.
pub fn piece(piece: impl Piece) -> Html {
    let piece: Rc<dyn AnyPiece> = Rc::new(piece);
    html! { <Frame {piece} /> }
}

/// Puts a piece into a list, where `key` tells it from the others.
pub fn keyed(key: impl ToString, piece: impl Piece) -> Html {
    let piece: Rc<dyn AnyPiece> = Rc::new(piece);
    html! { <Frame key={key.to_string()} {piece} /> }
}
