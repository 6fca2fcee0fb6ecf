import pytest
from .one_lab import LAPTOP
pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
def test_wide(one):
    one.look(PHONE, files=False)
    print(one.lab.root.evaluate("""(root) => { const r = root.getBoundingClientRect(); return [root.scrollWidth, root.clientWidth, r.right, ...[...root.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > r.right + 1).map(e => [e.tagName, String(e.className.baseVal ?? e.className), e.textContent.slice(0,60), e.getBoundingClientRect().right])]}"""))
    one.tab.page.screenshot(path="/tmp/w/race_phone.png", full_page=False)
    one.lab.graph.screenshot(path="/tmp/w/race_phone_graph.png")
