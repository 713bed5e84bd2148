"""What gunicorn serves: `gunicorn config.wsgi`. It ends where the settings cannot be right."""

import os

from django.core.wsgi import get_wsgi_application

from config import serving

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

serving.begin()
application = get_wsgi_application()
