//! The three views: which side is which, and the keyboard.

use anyhow::{Context, Result, ensure};
use glioscope_tests::{Page, Settings, State, World, browser::with_browser, phantom};
use serde_json::json;
use thirtyfour::{By, Key, WebElement};

use crate::answer::CPU_LIMIT;

const PLANES: [&str; 3] = ["Axial", "Coronal", "Sagittal"];

/// Mean brightness of the canvas' left, right, upper and lower half, black surround included alike.
const HALVES: &str = "const c = document.querySelector(`canvas[data-plane=${arguments[0]}]`);
    const { data, width, height } = c.getContext('2d').getImageData(0, 0, c.width, c.height);
    const sum = { left: 0, right: 0, upper: 0, lower: 0 };
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
        const grey = data[4 * (y * width + x)] + data[4 * (y * width + x) + 1] + data[4 * (y * width + x) + 2];
        sum[x < width / 2 ? 'left' : 'right'] += grey;
        sum[y < height / 2 ? 'upper' : 'lower'] += grey;
    }
    return sum";

async fn view(page: &Page<'_>, plane: &str) -> Result<WebElement> {
    let canvas = By::Css(format!("canvas[data-plane={plane}]"));
    page.browser
        .driver
        .find(canvas)
        .await
        .with_context(|| format!("no {plane} view"))
}

/// The slice of a view and how many there are, as a screen reader hears them.
async fn slice(page: &Page<'_>, plane: &str) -> Result<(i64, i64)> {
    let label = view(page, plane)
        .await?
        .attr("aria-label")
        .await?
        .unwrap_or_default();
    let numbers: Vec<i64> = label
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    let [at, of] = numbers[..] else {
        anyhow::bail!("{plane} is labelled {label:?}")
    };
    Ok((at, of))
}

/// How far a view's slice lies along its axis, from -1 to 1.
async fn along(page: &Page<'_>, plane: &str) -> Result<f64> {
    let (at, of) = slice(page, plane).await?;
    Ok(2.0 * (at - 1) as f64 / (of - 1) as f64 - 1.0)
}

/// Clicks beside the centre of a view, by parts of its width and height.
async fn click_at(page: &Page<'_>, plane: &str, right: f64, down: f64) -> Result<()> {
    let canvas = view(page, plane).await?;
    canvas.scroll_into_view().await?;
    let size = canvas.rect().await?;
    let (x, y) = (size.width * right, size.height * down);
    let chain = page.browser.driver.action_chain();
    chain
        .move_to_element_with_offset(&canvas, x as i64, y as i64)
        .click()
        .perform()
        .await?;
    Ok(())
}

pub(crate) async fn the_patients_right_is_on_the_screens_left(world: &World) -> Result<()> {
    let scans = phantom::write(&world.fresh_folder("phantom")?)?;
    let server = world.serve()?;
    let url = format!("{}?device=cpu", server.url());
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        page.give(&scans.paths()).await?;
        page.wait_until_readable(CPU_LIMIT).await?;
        page.read(CPU_LIMIT).await?;
        hide_overlay(&page).await?;
        browser.picture("phantom").await?;

        // The picture: the patient's right, front and head are bright, and lie left, up and up;
        // in the sagittal view the front lies left.
        for plane in PLANES {
            let sum: serde_json::Value = page.script_with(HALVES, vec![json!(plane)]).await?;
            let of = |half: &str| sum[half].as_f64().unwrap_or(f64::NAN);
            ensure!(
                of("left") > 1.05 * of("right"),
                "{plane}, left against right: {sum}"
            );
            ensure!(
                of("upper") > 1.05 * of("lower"),
                "{plane}, upper against lower: {sum}"
            );
        }

        // The crosshair: sagittal slices are counted to the patient's right, coronal to the front,
        // axial to the head.
        let clicks = [
            ("Axial", "Sagittal", "Coronal"),
            ("Coronal", "Sagittal", "Axial"),
            ("Sagittal", "Coronal", "Axial"),
        ];
        for (plane, across, up) in clicks {
            for side in [1.0, -1.0] {
                click_at(&page, plane, -0.15 * side, -0.2 * side).await?;
                let found = [along(&page, across).await?, along(&page, up).await?];
                let right = found.iter().all(|at| at * side > 0.1);
                ensure!(
                    right,
                    "a click in {plane} left and up (or the reverse, {side}) led to {found:?}"
                );
            }
        }

        // The neurological side mirrors what lies across, and nothing else.
        press(&page, "Neurological").await?;
        let sum: serde_json::Value = page.script_with(HALVES, vec![json!("Axial")]).await?;
        ensure!(
            sum["left"].as_f64() < sum["right"].as_f64(),
            "the toggle mirrors nothing: {sum}"
        );
        ensure!(
            sum["upper"].as_f64() > sum["lower"].as_f64(),
            "the toggle turned it over: {sum}"
        );
        click_at(&page, "Axial", -0.15, -0.2).await?;
        let x = along(&page, "Sagittal").await?;
        ensure!(x < -0.1, "a click left on the neurological side led to {x}");
        Ok(())
    })
    .await?;
    Ok(())
}

async fn press(page: &Page<'_>, words: &str) -> Result<()> {
    let button = By::XPath(format!(
        "//button[starts-with(normalize-space(), '{words}')]"
    ));
    page.browser.driver.find(button).await?.click().await?;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    Ok(())
}

async fn hide_overlay(page: &Page<'_>) -> Result<()> {
    let script = "const label = [...document.querySelectorAll('label')].find(l => l.innerText.includes('Overlay'));
        const range = label.querySelector('input[type=range]');
        range.value = 0;
        range.dispatchEvent(new Event('input', { bubbles: true }));
        return null";
    page.script::<()>(script).await?;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    Ok(())
}

async fn key(page: &Page<'_>, key: impl Into<thirtyfour::TypingData>) -> Result<()> {
    let chain = page.browser.driver.action_chain();
    chain
        .send_keys(key)
        .perform()
        .await
        .context("pressing a key")
}

/// Presses Tab until every visible control has had the focus.
async fn tab_reaches_all(page: &Page<'_>, state: &str) -> Result<()> {
    let controls = "document.activeElement?.blur();
        window.controls = [...document.querySelectorAll('button, select, input, [tabindex]')]
            .filter(e => !e.disabled && e.tabIndex >= 0 && e.checkVisibility());
        window.reached = new Set(); window.ringless = new Set();
        return window.controls.length";
    let count: usize = page.script(controls).await?;
    ensure!(count > 0, "{state}: no controls");
    for _ in 0..count + 3 {
        key(page, Key::Tab).await?;
        let note = "const e = document.activeElement;
            window.reached.add(e);
            const style = getComputedStyle(e);
            if (e !== document.body && e.id !== 'files' && style.outlineStyle === 'none' && style.boxShadow === 'none')
                window.ringless.add(e.outerHTML.slice(0, 90));
            return null";
        page.script::<()>(note).await?;
    }
    let missed: Vec<String> = page
        .script("return window.controls.filter(e => !window.reached.has(e)).map(e => e.outerHTML.slice(0, 90))")
        .await?;
    ensure!(missed.is_empty(), "{state}: Tab never reaches {missed:?}");
    let ringless: Vec<String> = page.script("return [...window.ringless]").await?;
    ensure!(
        ringless.is_empty(),
        "{state}: the focus cannot be seen on {ringless:?}"
    );
    Ok(())
}

pub(crate) async fn keys_reach_and_move_everything(world: &World) -> Result<()> {
    let server = world.serve()?;
    let url = format!("{}?device=cpu", server.url());
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        tab_reaches_all(&page, "empty").await?;
        page.load_sample().await?;
        tab_reaches_all(&page, "loaded").await?;
        page.hook("read").await?.focus().await?;
        key(&page, Key::Enter).await?;
        page.wait(State::Done, CPU_LIMIT).await?;
        tab_reaches_all(&page, "done").await?;

        view(&page, "Axial").await?.focus().await?;
        let (before, count) = slice(&page, "Axial").await?;
        for (pressed, moved) in [
            (Key::Up, before + 1),
            (Key::Down, before),
            (Key::End, count),
            (Key::Home, 1),
        ] {
            key(&page, pressed.clone()).await?;
            let (now, _) = slice(&page, "Axial").await?;
            ensure!(
                now == moved,
                "{pressed:?} led from slice {before} to {now}, not {moved}"
            );
        }
        for (digit, sequence) in ["1", "2", "3", "4"].into_iter().zip(1..) {
            key(&page, digit).await?;
            let chosen: Vec<i64> = page
                .script(
                    "const b = [...document.querySelectorAll('[aria-label=Sequence] button')];
                    return b.flatMap((e, i) => e.ariaPressed === 'true' ? [i + 1] : [])",
                )
                .await?;
            ensure!(chosen == [sequence], "{digit} chose {chosen:?}");
        }
        // R puts the crosshair back.
        key(&page, "r").await?;
        ensure!(
            slice(&page, "Axial").await?.0 == before,
            "R did not put the crosshair back"
        );
        Ok(())
    })
    .await?;
    Ok(())
}
