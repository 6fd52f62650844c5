"""`python -m poise_ingestion` runs one ingestion process."""

from poise_common.platform.main import main
from poise_ingestion.app import compose
from poise_ingestion.settings import IngestionSettings

if __name__ == "__main__":
    main(compose, IngestionSettings)
