# SPDX-License-Identifier: Apache-2.0
"""Validators and a browser that are not ours judge what reports are made of."""

import base64
import json
import os
import re
import subprocess
from pathlib import Path

import jsonschema
import pypdfium2
import pytest
from lxml import etree

from reports.html import render
from reports.junit import render as junit
from reports.paper.blocks import Chart
from reports.paper.layouts import paper
from reports.writers.docx import render as as_docx
from reports.writers.machine import ctrf, oscal
from reports.writers.ofd import pages as ofd_pages
from reports.writers.ofd import render as as_ofd
from reports.writers.pdf import render as as_pdf
from tests.reports import npm

BROWSE = """
const {chromium} = require('playwright-core'); const fs = require('fs');
(async () => {
  const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
  const browser = await chromium.launch({executablePath: given.chromium, args: ['--no-sandbox', '--disable-gpu']});
  const told = {asked: [], said: [], found: {}, over: {}, tips: {}};
  for (const width of [1200, 390]) {
    const context = await browser.newContext({viewport: {width, height: 900}, bypassCSP: width == 1200});
    const page = await context.newPage();
    page.on('request', each => { if (!/^(file|data):/.test(each.url())) told.asked.push(each.url()); });
    page.on('console', each => told.said.push(each.text())); page.on('pageerror', each => told.said.push(String(each)));
    await page.goto(given.page);
    told.over[width] = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (width == 1200) {
      await page.evaluate(axe);
      const result = await page.evaluate(() => axe.run(document, {resultTypes: ['violations']}));
      told.found = result.violations.filter(each => ['serious', 'critical'].includes(each.impact)).map(each => each.id);
      const seen = () => page.evaluate(() => [...document.querySelectorAll('.c-said')].filter(each => getComputedStyle(each).visibility == 'visible').map(each => each.textContent));
      told.tips.before = await seen();
      const chart = page.locator('svg.chart:has(.c-line)').first(); await chart.scrollIntoViewIfNeeded();
      const box = await chart.boundingBox(); await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.5);
      told.tips.after = await seen();
      await page.emulateMedia({media: 'print'}); await page.setViewportSize({width: 665, height: 990});
      told.over.print = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth); told.print = (await page.pdf({preferCSSPageSize: true})).length;
    }
  }
  await browser.close(); console.log(JSON.stringify(told));
})();
"""


@pytest.fixture
def needs(peer):
    """What npm or pip made ready; skips with the reason where they cannot, fails in CI."""

    def ready(found: Path | None, what: str) -> Path:
        if found is None:
            peer(what)
        assert found is not None
        return found

    return ready


def test_a_browser_draws_the_page_and_axe_finds_nothing_serious(factory, peer, needs, tmp_path):
    peer("npm")
    found = needs(npm.modules("browser", "axe-core@4.14.1", "playwright-core@1.65.1"), "axe-core of npm")
    path = tmp_path / "report.html"
    path.write_bytes(render(factory, "zh")["html"])
    given = {"chromium": peer("chromium"), "page": path.as_uri()}
    script = f"const given = {json.dumps(given)};{BROWSE}"
    environment = {**os.environ, "NODE_PATH": str(found)}
    done = subprocess.run(
        [peer("node"), "-e", script], capture_output=True, text=True, env=environment, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["asked"] == []
    assert told["said"] == []
    assert told["found"] == []
    assert told["over"] == {"1200": 0, "390": 0, "print": 0}
    assert told["tips"]["before"] == []
    assert len(told["tips"]["after"]) == 1  # one slice answers to the pointer
    assert "%" in told["tips"]["after"][0] or "ms" in told["tips"]["after"][0]
    assert told["print"] > 10_000


READ = """
const {chromium} = require('playwright-core'); const fs = require('fs');
(async () => {
  const library = fs.readFileSync(require.resolve('ofd.js/lib/ofd.umd.min.js'), 'utf8');
  const browser = await chromium.launch({executablePath: given.chromium, args: ['--no-sandbox', '--disable-gpu']});
  const page = await browser.newPage(); const asked = [];
  page.on('request', each => { if (!/^(about|blob|data):/.test(each.url())) asked.push(each.url()); });
  await page.setContent('<!DOCTYPE html><body></body>'); await page.evaluate(library);
  const told = await page.evaluate(async data => {
    const bytes = Uint8Array.from(atob(data), each => each.charCodeAt(0));
    const found = await new Promise((yes, no) => ofd.parseOfdDocument({ofd: bytes.buffer, success: yes, fail: no}));
    const pages = ofd.renderOfd(800, Array.isArray(found) ? found[0] : found);
    for (const each of pages) document.body.appendChild(each);
    const lines = each => [...each.querySelectorAll('text')].map(one => one.textContent).join('');
    return {texts: pages.map(lines), pictures: document.querySelectorAll('img, image, canvas').length, rules: document.querySelectorAll('path').length,
            sizes: pages.map(each => [each.offsetWidth, each.offsetHeight])};
  }, given.data);
  await browser.close(); console.log(JSON.stringify({...told, asked}));
})();
"""


def test_a_second_reader_opens_the_ofd_and_draws_every_page(factory, peer, needs):
    """ofdkit reads its text elsewhere (tests/reports/writers); ofd.js draws it in a browser."""
    peer("npm")
    found = needs(npm.modules("ofd", "ofd.js@0.2.6", "playwright-core@1.65.1"), "ofd.js of npm")
    data = as_ofd(factory, "zh")["yanshou.ofd"]
    given = {"chromium": peer("chromium"), "data": base64.b64encode(data).decode()}
    script = f"const given = {json.dumps(given)};{READ}"
    done = subprocess.run(
        [peer("node"), "-"], input=script, capture_output=True, text=True, timeout=180, check=False,
        env={**os.environ, "NODE_PATH": str(found)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    pages = [each for each in ofd_pages(factory, "zh") if each.layout == "yanshou"]
    assert told["asked"] == []
    assert len(told["texts"]) == len(pages)
    for text, page in zip(told["texts"], pages, strict=True):
        assert page.code in text
        lost = [line for line in page.texts if re.sub(r"\s", "", line) not in re.sub(r"\s", "", text)]
        assert lost == []
    made = paper(factory, "zh", "yanshou")
    assert told["pictures"] == sum(isinstance(block, Chart) for part in made.parts for block in part) > 3
    assert told["rules"] > 100
    assert all(abs(height / width - 297 / 210) < 0.01 for width, height in told["sizes"])


JARS = [
    Path("/usr/share/java") / f"{name}.jar"
    for name in ("preflight", "pdfbox2", "fontbox2", "xmpbox", "commons-logging", "jaxb-api", "javax.activation")
]
LIFTED = (
    "7.11.2 : Error on MetaData, part must be 1",  # we say 2
    "2.1.6 : Invalid graphics object, Invalid version of the ICCProfile",  # ICC version 4: ISO 19005-2, 6.2.4.2
    "4.1.2 : Transparency error",  # ISO 19005-2, 6.2.10
    "1.2.3 : Body Syntax error, Error: can't convert to Destination COSObject",  # a destination by reference: ISO 32000-1, 12.3.2
)
"""What PDFBox Preflight, a checker of PDF/A-1b, says of PDF/A-2b: what the second part allows and the first did not."""


def preflight(java, path):
    """What Preflight finds, without what PDF/A-2 lifted."""
    command = [java, "-cp", ":".join(map(str, JARS)), "org.apache.pdfbox.preflight.Validator_A1b", path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert "PDF/A-1b file" in done.stdout + done.stderr, done.stderr[-2000:]
    found = re.findall(r"^\d+(?:\.\d+)* : .*$", done.stdout + done.stderr, re.MULTILINE)
    return sorted({each for each in found if not each.startswith(LIFTED)})


def test_preflight_finds_no_more_than_pdf_a_2_allows(beidou, peer, tmp_path):
    java = peer("java")
    lacking = [each.name for each in JARS if not each.exists()]
    if lacking:
        peer(f"PDFBox Preflight ({', '.join(lacking)})")
    whole = as_pdf(beidou, "zh", "jianyan")["jianyan.pdf"]
    (tmp_path / "whole.pdf").write_bytes(whole)
    assert preflight(java, tmp_path / "whole.pdf") == []
    (tmp_path / "bare.pdf").write_bytes(whole.replace(b"/FontFile3", b"/FontFileX"))
    assert any("FontFile entry is missing" in each for each in preflight(java, tmp_path / "bare.pdf"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_ctrf_holds_its_publishers_schema(factory, peer, needs, lang):
    peer("npm")
    found = needs(npm.modules("ctrf", "ctrf@0.3.0"), "ctrf of npm") / "ctrf"
    schema = json.loads(next(iter(sorted(found.rglob("ctrf-schema*.json")))).read_text("utf-8"))
    jsonschema.validators.validator_for(schema)(schema).validate(json.loads(ctrf(factory, lang)["ctrf.json"]))


def test_junit_holds_the_schema_of_jenkins_but_for_properties_of_a_case(factory, needs):
    """That schema knows properties of a suite alone; those of a case are what pytest writes as well, and tracers of requirements read."""
    member = "testing/example_scripts/junit-10.xsd"
    path = needs(npm.source("junit", "pytest==8.3.5", member), "the schema of JUnit in pytest's sources")
    schema = etree.XMLSchema(etree.parse(path))
    found = etree.fromstring(junit(factory, "zh")["junit.xml"])
    for case in found.iter("testcase"):
        case.remove(case.find("properties"))
    schema.assertValid(found)
    del next(found.iter("testcase")).attrib["name"]
    assert not schema.validate(found)


def test_oscal_is_read_by_trestle(factory, beidou, needs, tmp_path):
    interpreter = needs(npm.python("trestle", "compliance-trestle==5.2.0"), "compliance-trestle of PyPI")
    read = (
        "import json, sys\nfrom trestle.oscal.assessment_results import AssessmentResults\n"
        "for path in sys.argv[1:]:\n"
        "    AssessmentResults(**json.load(open(path, encoding='utf-8'))['assessment-results'])\n"
    )
    paths = []
    for at, bundle in enumerate((factory, beidou)):
        paths.append(tmp_path / f"{at}.json")
        paths[-1].write_bytes(oscal(bundle, "zh")["oscal.json"])
    done = subprocess.run([interpreter, "-c", read, *paths], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    broken = json.loads(paths[0].read_bytes())
    broken["assessment-results"]["results"][0]["observations"][0].pop("collected")
    paths[0].write_text(json.dumps(broken), "utf-8")
    assert subprocess.run([interpreter, "-c", read, *paths], capture_output=True, timeout=120, check=False).returncode


def test_libreoffice_opens_every_document_and_prints_what_stands_in_it(factory, peer, tmp_path):
    office = peer("soffice")
    layouts = ("yanshou", "jianyan", "zhenggai", "yiye")
    for layout in layouts:
        (tmp_path / f"{layout}.docx").write_bytes(as_docx(factory, "zh", layout)[f"{layout}.docx"])
    command = [office, f"-env:UserInstallation={(tmp_path / 'office').as_uri()}", "--headless", "--convert-to", "pdf", "--outdir",
               tmp_path, *(tmp_path / f"{layout}.docx" for layout in layouts)]  # fmt: skip
    subprocess.run(command, capture_output=True, timeout=180, check=True)
    for layout, title in zip(layouts, ("项目验收报告", "检验检测报告", "整改通知单", "验收结论一页通"), strict=True):
        document = pypdfium2.PdfDocument((tmp_path / f"{layout}.pdf").read_bytes())
        read = re.sub(r"\s", "", "".join(page.get_textpage().get_text_range() for page in document))
        assert title in read
        assert "5G接入节点数" in read
        assert f"第1页共{len(document)}页" in read  # the fields were filled in
