"""A page of memguard's in a browser."""
import pathlib
import subprocess

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

import large_run

#: Set by `run`.
memguard = pathlib.Path()
out = pathlib.Path()
AXE = pathlib.Path(__file__).parent / "node_modules/axe-core/axe.min.js"
PATIENCE_SECONDS = 60


def make(name, text):
    """The page of a report; its path."""
    report, page = out / f"{name}.json", out / f"{name}.html"
    report.write_text(text)
    subprocess.run([memguard, "report", "--html", page, report], check=True)
    return page


def why_none():
    """Why this memguard makes no pages; empty when it does."""
    report = out / "probe.json"
    report.write_text(large_run.report(jobs=1, samples=1))
    made = subprocess.run([memguard, "report", "--html", out / "probe.html", report], capture_output=True, text=True)
    return made.stderr.strip()


class Browser:
    """Chromium that shows one page, as wide and in such colours as asked for."""

    def __init__(self, page, width=1280, height=900, scheme="light"):
        options = webdriver.ChromeOptions()
        for switch in ("--headless=new", "--no-sandbox", "--hide-scrollbars", "--disable-gpu",
                       "--disable-dev-shm-usage", "--disable-component-update", "--disable-background-networking"):
            options.add_argument(switch)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service("chromedriver"), options=options)
        self.size(width, height)
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})
        self.driver.get(page.as_uri())
        self.until("document.documentElement.dataset.ready !== undefined")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def size(self, width, height):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def value(self, expression):
        return self.run(f"return {expression}")

    def until(self, expression):
        WebDriverWait(self.driver, PATIENCE_SECONDS).until(lambda _: self.value(expression), expression)

    def drawn(self):
        """Waits for what was asked to be drawn."""
        self.driver.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done))")

    def one(self, selector):
        return self.driver.find_element("css selector", selector)

    def all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def complaints(self):
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def shoot(self, name):
        """A picture of the whole page, at most 4,000 pixels of it."""
        width = self.value("window.innerWidth")
        self.size(width, min(self.value("document.documentElement.scrollHeight"), 4000))
        self.drawn()
        self.driver.save_screenshot(str(out / f"{name}.png"))
