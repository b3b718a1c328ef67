//! What the page asks of a checkpoint, which no file tells: whose it is, in which order its network takes
//! the sequences, and how it merges neighbours.

use imaging::Sequence;
use leptos::{ev, prelude::*};

use super::models::ModelState;
use super::session::Session;
use crate::protocol::{ForeignKind, Merging, ModelId, Order, Told, Trial};

const PLACES: [&str; 4] = ["First", "Second", "Third", "Fourth"];

/// Asks whose checkpoint it is: the order of the sequences hangs on it.
#[component]
pub(super) fn WhoseIsIt(id: ModelId, name: String) -> impl IntoView {
    let session = expect_context::<Session>();
    let kind = RwSignal::new(None::<ForeignKind>);
    let order = RwSignal::new([None::<Sequence>; 4]);
    let merging = RwSignal::new(None::<Merging>);
    let is_own = move || kind.get() == Some(ForeignKind::Own);
    let told = move || match kind.get()? {
        ForeignKind::Own => Some(Told {
            kind: Some(ForeignKind::Own),
            channels: Some(whole(order.get())?),
            merging: merging.get(),
        }),
        kind => Some(Told::from(kind)),
    };
    let convert = move |event: ev::SubmitEvent| {
        // The form goes nowhere.
        event.prevent_default();
        if let Some(told) = untrack(told) {
            session.tell_kind(id, told);
        }
    };
    view! {
        <form class="model-news whose" data-testid="model-kind" on:submit=convert>
            <fieldset>
                <legend><strong>{format!("Whose weights are in {name}?")}</strong></legend>
                <p class="small">
                    "Nothing in the file says in which order the four sequences go in. With the wrong answer the \
                    segmentation is wrong without looking so."
                </p>
                {ForeignKind::ALL.map(|choice| view! {
                    <label class="choice">
                        <input
                            type="radio"
                            name=format!("kind-{}", id.0)
                            data-testid=format!("kind-{}", choice.key())
                            on:change=move |_| kind.set(Some(choice))
                        />
                        {words(choice)}
                    </label>
                })}
            </fieldset>
            <Show when=is_own>
                <OrderOf order />
                <MergingOf id merging />
            </Show>
            <ConvertOrLeave id ready=Signal::derive(move || told().is_some()) />
        </form>
    }
}

/// Ends either question.
#[component]
fn ConvertOrLeave(id: ModelId, ready: Signal<bool>) -> impl IntoView {
    let session = expect_context::<Session>();
    view! {
        <div class="row">
            <button
                class="primary"
                type="submit"
                data-testid="convert"
                disabled=move || !ready.get()
            >
                "Convert"
            </button>
            <button class="quiet" type="button" on:click=move |_| session.remove_model(id)>
                "Leave it"
            </button>
        </div>
    }
}

/// The order of the sequences, one choice for each place.
#[component]
fn OrderOf(order: RwSignal<[Option<Sequence>; 4]>) -> impl IntoView {
    let is_twice = move || {
        let chosen = order.get();
        chosen.iter().all(Option::is_some) && whole(chosen).is_none()
    };
    let place = move |at: usize, words: &'static str| {
        let changed = move |event: ev::Event| {
            let key = event_target_value(&event);
            let mut all = Sequence::ALL.into_iter();
            let chosen = all.find(|sequence| sequence.key() == key);
            order.update(|order| order[at] = chosen);
        };
        view! {
            <label>
                {words}" "
                <select data-testid=format!("order-{at}") on:change=changed>
                    <option value="">"Choose…"</option>
                    {Sequence::ALL.map(|sequence| view! {
                        <option value=sequence.key() prop:selected=order.get_untracked()[at] == Some(sequence)>
                            {sequence.to_string()}
                        </option>
                    })}
                </select>
            </label>
        }
    };
    view! {
        <fieldset>
            <legend>"In which order does the network take the sequences?"</legend>
            <p class="small">"The order of the images in the training's list of cases."</p>
            <div class="row">
                {(0..).zip(PLACES).map(|(at, words)| place(at, words)).collect_view()}
            </div>
            <Show when=is_twice>
                <p class="small" role="status">"Each of the four has its place once."</p>
            </Show>
        </fieldset>
    }
}

/// How neighbours are merged, or that nobody knows.
#[component]
fn MergingOf(id: ModelId, merging: RwSignal<Option<Merging>>) -> impl IntoView {
    let choice = move |choice: Option<Merging>| {
        let key = choice.map_or("unknown", Merging::key);
        let words = choice.map_or(
            "I don't know: try each on a tumour that is known",
            Merging::title,
        );
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name=format!("merging-{}", id.0)
                    data-testid=format!("merging-{key}")
                    prop:checked=move || merging.get() == choice
                    on:change=move |_| merging.set(choice)
                />
                {words}
            </label>
        }
    };
    let choices = [None].into_iter().chain(Merging::ALL.map(Some));
    view! {
        <fieldset>
            <legend>"With which MONAI was it trained?"</legend>
            <p class="small">
                "It merges neighbouring voxels in an order that changed with version 1.5 and that no file tells."
            </p>
            {choices.map(choice).collect_view()}
        </fieldset>
    }
}

/// Shows what a network found under each order of merging, and offers the best.
#[component]
pub(super) fn WhichMerging(id: ModelId, name: String) -> impl IntoView {
    let session = expect_context::<Session>();
    let state = session.models.get_untracked(id).map(|model| model.state);
    let trial = match state {
        Some(ModelState::MergingNeeded(_, trial)) => trial,
        _ => Trial::default(),
    };
    let offered = if trial.found() { trial.best() } else { None };
    let merging = RwSignal::new(offered.map(|best| best.merging));
    let convert = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let Some(merging) = merging.get_untracked() {
            session.tell_merging(id, merging);
        }
    };
    let found = move |choice: Merging| {
        let tried = trial.tried.iter().find(|tried| tried.merging == choice);
        tried.map(|tried| format!(": Dice {:.2}", tried.dice))
    };
    let explained = match offered {
        Some(_) => {
            "Nothing in the file tells, so each was tried on one window around the sample's tumour. The best is \
            chosen; where two are close, only whoever trained the network knows."
        }
        None => {
            "Nothing in the file tells, and under none was anything found of the sample's tumour. Is the order of \
            the sequences right, and was the network taught to segment glioma?"
        }
    };
    view! {
        <form class="model-news whose" data-testid="model-merging" on:submit=convert>
            <fieldset>
                <legend><strong>{format!("With which MONAI was {name} trained?")}</strong></legend>
                <p class="small">{explained}</p>
                {Merging::ALL.map(|choice| view! {
                    <label class="choice">
                        <input
                            type="radio"
                            name=format!("offered-{}", id.0)
                            data-testid=format!("offered-{choice}")
                            prop:checked=move || merging.get() == Some(choice)
                            on:change=move |_| merging.set(Some(choice))
                        />
                        {choice.title()}
                        {found(choice)}
                    </label>
                })}
            </fieldset>
            <ConvertOrLeave id ready=Signal::derive(move || merging.get().is_some()) />
        </form>
    }
}

/// The order, once each sequence has its place.
fn whole(chosen: [Option<Sequence>; 4]) -> Option<Order> {
    let [Some(a), Some(b), Some(c), Some(d)] = chosen else {
        return None;
    };
    Order::try_from([a, b, c, d]).ok()
}

fn words(kind: ForeignKind) -> &'static str {
    match kind {
        ForeignKind::Own => "A Swin UNETR that you or your group trained",
        kind => kind.title(),
    }
}
